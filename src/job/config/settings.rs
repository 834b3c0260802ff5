//! Settings given beside a job file.

use toml::{Table, Value};

use crate::error::{Error, Result};

/// Puts `key=value` into a table, sections and all.
pub(super) fn set(mut table: Table, setting: &String) -> Result<Table> {
    let wrong = |why: &str| {
        Error::usage(format!(
            "--set {setting}: {why}; write a key and a value, such as descent.rate=0.1 or data.scale=standard"
        ))
    };
    let (key, text) = setting.split_once('=').ok_or_else(|| wrong("there is no `=`"))?;
    let keys: Vec<&str> = key.trim().split('.').map(str::trim).collect();
    if keys.iter().any(|key| key.is_empty()) {
        return Err(wrong("a part of the key is empty"));
    }
    let text = text.trim();
    if text.is_empty() {
        return Err(wrong("there is no value"));
    }
    let parsed = toml::from_str::<Table>(&format!("value = {text}")).ok();
    let value = parsed.and_then(|mut parsed| (parsed.len() == 1).then(|| parsed.remove("value")).flatten());
    let value = value.unwrap_or_else(|| Value::String(text.into()));
    let (last, sections) = keys.split_last().ok_or_else(|| wrong("there is no key"))?;
    let mut at = &mut table;
    for section in sections {
        let inner = at.entry(*section).or_insert_with(|| Value::Table(Table::new()));
        at = inner.as_table_mut().ok_or_else(|| wrong(&format!("`{section}` is no section of the job")))?;
    }
    at.insert((*last).into(), value);
    Ok(table)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_are_toml_or_text() {
        let set = |setting: &str| set(toml::from_str("[a]\nb = 1\n").unwrap(), &setting.into());
        let table = set("a.b=[1, 2]").unwrap();
        assert_eq!(table["a"]["b"], Value::Array(vec![1.into(), 2.into()]));
        assert_eq!(set("a.c = standard").unwrap()["a"]["c"], "standard".into());
        assert_eq!(set("a.d.e={ x = 1.5 }").unwrap()["a"]["d"]["e"]["x"], 1.5.into());
        // No second key by way of a line break.
        assert_eq!(set("a.c=1\nd=2").unwrap()["a"]["c"], "1\nd=2".into());
        for (setting, part) in [
            ("a.b", "no `=`"),
            ("=1", "empty"),
            ("a.=1", "empty"),
            ("a.b=", "no value"),
            ("a.b.c=1", "no section"),
        ] {
            let message = set(setting).unwrap_err().to_string();
            assert!(message.contains(part), "{message}");
        }
    }
}
