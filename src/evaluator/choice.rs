//! Which device the user asks for.

use std::fmt;
use std::str::FromStr;

use crate::error::{Error, Result};

/// Which device the user asks for.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum DeviceChoice {
    /// The CPU engine in f64, unless another precision is asked for: which devices there are changes no result. In f32 a
    /// hardware GPU if there is one and the work is worth its opening
    /// ([`Engine::open_for`](crate::Engine::open_for)), else the CPU engine. Never a software adapter, which is slower than
    /// the CPU engine.
    #[default]
    Auto,
    /// The CPU engine: every core, no driver needed.
    Cpu,
    /// A hardware GPU, or an error.
    Gpu,
    /// The first adapter whose name, driver or kind contains this text: `lavapipe`, `nvidia`, `software`, ….
    Named(String),
    /// The adapter at this place in the list of `plusminus::adapters`: `adapter:0`.
    Adapter(usize),
    /// The adapter with this PCI address, such as `3b:00.0`, or these PCI ids of vendor and device, such as `10de:2330`.
    Pci(String),
}

impl FromStr for DeviceChoice {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self> {
        match text {
            "auto" => Ok(DeviceChoice::Auto),
            "cpu" => Ok(DeviceChoice::Cpu),
            "gpu" => Ok(DeviceChoice::Gpu),
            "" => {
                Err(Error::usage("the device is empty: it is auto, cpu, gpu, or part of an adapter's name"))
            }
            name => match name.split_once(':') {
                Some(("adapter", index)) => index.parse().map(DeviceChoice::Adapter).map_err(|_| {
                    Error::usage(format!("device `{name}`: `adapter:` takes a number, such as adapter:0"))
                }),
                Some(("pci", place)) if is_pci(place) => Ok(DeviceChoice::Pci(place.to_lowercase())),
                Some(("pci", _)) => Err(Error::usage(format!(
                    "device `{name}`: `pci:` takes an address, such as pci:3b:00.0 or pci:0000:3b:00.0, or the ids of vendor and \
                     device, such as pci:10de:2330"
                ))),
                _ => Ok(DeviceChoice::Named(name.into())),
            },
        }
    }
}

impl fmt::Display for DeviceChoice {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            DeviceChoice::Auto => f.write_str("auto"),
            DeviceChoice::Cpu => f.write_str("cpu"),
            DeviceChoice::Gpu => f.write_str("gpu"),
            DeviceChoice::Named(name) => f.write_str(name),
            DeviceChoice::Adapter(index) => write!(f, "adapter:{index}"),
            DeviceChoice::Pci(place) => write!(f, "pci:{place}"),
        }
    }
}

/// Whether a text is an address `[domain:]bus:device.function` or ids `vendor:device`, in hexadecimal digits.
fn is_pci(place: &str) -> bool {
    let is_hex = |text: &str, most: usize| {
        (1..=most).contains(&text.len()) && text.chars().all(|c| c.is_ascii_hexdigit())
    };
    let parts: Vec<&str> = place.split(':').collect();
    match (parts.as_slice(), place.split_once('.')) {
        ([vendor, device], None) => is_hex(vendor, 8) && is_hex(device, 8),
        ([.., bus, slot], Some(_)) if parts.len() <= 3 => {
            let domain = parts.len() == 2 || is_hex(parts[0], 8);
            let slot =
                slot.split_once('.').is_some_and(|(slot, function)| is_hex(slot, 2) && is_hex(function, 1));
            domain && is_hex(bus, 2) && slot
        }
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::DeviceChoice;

    #[test]
    fn devices_are_named_in_many_ways_and_print_as_they_are_read() {
        let read = |text: &str| text.parse::<DeviceChoice>();
        for text in [
            "auto",
            "cpu",
            "gpu",
            "lavapipe",
            "adapter:3",
            "pci:3b:00.0",
            "pci:0000:3b:00.0",
            "pci:10de:2330",
        ] {
            assert_eq!(read(text).unwrap().to_string(), text);
        }
        assert_eq!(read("pci:10DE:2330").unwrap(), DeviceChoice::Pci("10de:2330".into()));
        for (text, part) in [("", "empty"), ("adapter:x", "a number"), ("adapter:-1", "a number")] {
            assert!(read(text).unwrap_err().to_string().contains(part), "{text}");
        }
        for text in [
            "pci:",
            "pci:3b",
            "pci:0:0:3b:00.0",
            "pci:3b:00.z",
            "pci:123456789:1",
            "pci:3b:00.",
            "pci:x:00.0",
        ] {
            assert!(read(text).unwrap_err().to_string().contains("pci:10de:2330"), "{text}");
        }
    }
}
