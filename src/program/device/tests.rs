//! Texts for devices.
