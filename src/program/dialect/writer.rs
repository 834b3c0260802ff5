//! A text that is written from another, and where each part of it comes from.

use std::ops::Range;

use naga::Span;

/// A part of the new text.
#[derive(Clone, Debug)]
struct Part {
    /// Where it begins.
    new: usize,
    /// What of the old text it stands for; nothing for what was inserted there.
    old: Range<usize>,
    is_copy: bool,
}

/// A text, and where its parts come from.
#[derive(Clone, Debug, Default)]
pub(crate) struct Translation {
    pub(crate) text: String,
    parts: Vec<Part>,
    /// What made the old text of a yet older one.
    before: Option<Box<Translation>>,
}

impl Translation {
    /// The same, from the text that another was made of.
    pub(super) fn after(self, before: Translation) -> Self {
        Translation { before: Some(Box::new(before)), ..self }
    }

    /// Takes over a part of the old text.
    pub(super) fn copy(&mut self, old: &str, part: Range<usize>) {
        self.add(&old[part.clone()], part, true);
    }

    /// Puts something in place of a part of the old text.
    pub(super) fn replace(&mut self, by: &str, part: Range<usize>) {
        self.add(by, part, false);
    }

    fn add(&mut self, text: &str, old: Range<usize>, is_copy: bool) {
        if !text.is_empty() {
            self.parts.push(Part { new: self.text.len(), old, is_copy });
            self.text.push_str(text);
        }
    }

    fn part(&self, new: usize) -> Option<&Part> {
        let behind = self.parts.partition_point(|part| part.new <= new);
        self.parts.get(behind.checked_sub(1)?)
    }

    /// The place in the old text; none for what lies behind the new one.
    pub(crate) fn place(&self, span: Span) -> Option<Span> {
        let range = span.to_range()?;
        if range.end > self.text.len() || range.start >= self.text.len() {
            return None;
        }
        let first = self.part(range.start)?;
        let start = if first.is_copy { first.old.start + range.start - first.new } else { first.old.start };
        let last = self.part(range.end.saturating_sub(1))?;
        let end = if last.is_copy { last.old.start + range.end - last.new } else { last.old.end };
        let place = Span::new(start as u32, end.max(start) as u32);
        match &self.before {
            Some(before) => before.place(place),
            None => Some(place),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::Translation;
    use naga::Span;

    #[test]
    fn places_lead_back() {
        let old = "let a = 2.0 * real(x);";
        let mut new = Translation::default();
        new.copy(old, 0..8);
        new.replace("pm_real(", 8..8);
        new.copy(old, 8..11);
        new.replace("lf)", 11..11);
        new.copy(old, 11..14);
        new.replace("f64", 14..18);
        new.copy(old, 18..22);
        assert_eq!(new.text, "let a = pm_real(2.0lf) * f64(x);");
        let of = |part: &str| {
            let at = new.text.find(part).unwrap();
            let span = new.place(Span::new(at as u32, (at + part.len()) as u32)).unwrap();
            &old[span.to_range().unwrap()]
        };
        for (part, want) in [
            ("pm_real(2.0lf)", "2.0"),
            ("2.0", "2.0"),
            ("f64(x)", "real(x)"),
            ("f64", "real"),
            ("pm_real(2.0lf) * f64(x)", "2.0 * real(x)"),
            ("x", "x"),
        ] {
            assert_eq!(of(part), want, "{part}");
        }
        assert_eq!(new.place(Span::new(100, 101)), None);
    }
}
