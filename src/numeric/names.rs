//! Enums that have names: in text, on the command line, in TOML and JSON.

/// A name that is none of those there are.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("unknown {what} `{text}`{} one of {}", meant(text, known), known.join(", "))]
pub struct UnknownName {
    pub(crate) what: &'static str,
    pub(crate) text: String,
    pub(crate) known: &'static [&'static str],
}

/// The name that is most like this one, if one is.
pub(crate) fn nearest<'a>(text: &str, known: &[&'a str]) -> Option<&'a str> {
    let alike = known.iter().map(|name| (strsim::jaro_winkler(text, name), *name));
    let most = alike.max_by(|a, b| a.0.total_cmp(&b.0));
    most.filter(|(alike, _)| *alike > 0.8).map(|(_, name)| name)
}

fn meant(text: &str, known: &[&str]) -> String {
    nearest(text, known).map_or(": it is".into(), |name| format!("; did you mean `{name}`? It is"))
}

/// Declares an enum whose variants are written in lower case, words with a hyphen between. The first string says what it is.
macro_rules! named {
    ($what:literal; $(#[$attribute:meta])* pub enum $name:ident $variants:tt) => {
        $(#[$attribute])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, serde::Serialize, serde::Deserialize)]
        #[derive(strum::Display, strum::EnumString, strum::VariantNames)]
        #[cfg_attr(feature = "cli", derive(schemars::JsonSchema))]
        #[serde(rename_all = "kebab-case")]
        #[strum(serialize_all = "kebab-case")]
        #[strum(parse_err_ty = crate::numeric::UnknownName, parse_err_fn = $name::unknown)]
        pub enum $name $variants

        impl $name {
            fn unknown(text: &str) -> crate::numeric::UnknownName {
                let known = <$name as strum::VariantNames>::VARIANTS;
                crate::numeric::UnknownName { what: $what, text: text.into(), known }
            }
        }
    };
}
pub(crate) use named;
