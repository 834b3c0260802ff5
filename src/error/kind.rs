//! Errors by what is at fault, and the exit codes that follow.

use super::Error;

/// What was tried with a file.
#[derive(Clone, Copy, Debug, PartialEq, Eq, strum::Display)]
#[strum(serialize_all = "lowercase")]
#[non_exhaustive]
pub enum FileAction {
    /// It was to be read.
    Read,
    /// It was to be written.
    Write,
    /// A folder was to be made.
    Create,
}

/// What is at fault, in short.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum ErrorKind {
    /// What the caller asked for or brought.
    BadInput,
    /// The device: lost, out of memory, or not there.
    Device,
    /// The course of the work.
    Work,
}

impl Error {
    /// What is at fault.
    ///
    /// ```
    /// use plusminus::{ErrorKind, Step};
    /// let error = "0".parse::<Step>().unwrap_err();
    /// assert_eq!(error.kind(), ErrorKind::BadInput);
    /// ```
    pub fn kind(&self) -> ErrorKind {
        match self {
            Error::Usage { .. }
            | Error::Step { .. }
            | Error::VanishedStep { .. }
            | Error::RoundedStep { .. }
            | Error::StepTooLarge { .. }
            | Error::StepOutOfRange { .. }
            | Error::NonFinitePoint { .. }
            | Error::NonFiniteClaim { .. }
            | Error::Unsupported { .. }
            | Error::UnknownDevice { .. }
            | Error::Source { .. }
            | Error::Evaluation { .. }
            // The text passed all checks but the driver's.
            | Error::Shader { .. }
            | Error::Data { .. }
            | Error::File { action: FileAction::Read, .. } => ErrorKind::BadInput,
            Error::NoAdapter { .. } | Error::OutOfMemory { .. } | Error::Device { .. } => ErrorKind::Device,
            Error::NonFiniteValue { .. }
            | Error::NoDerivative { .. }
            | Error::Limit { .. }
            | Error::Rank { .. }
            | Error::File { .. } => ErrorKind::Work,
        }
    }

    /// The exit code of a program that ends with this error: 2 for bad input, 4 for a file that cannot be written, 5 where memory runs out,
    /// else 1.
    pub fn exit_code(&self) -> u8 {
        match self {
            Error::File { action: FileAction::Write | FileAction::Create, .. } => 4,
            Error::OutOfMemory { .. } => 5,
            _ if self.is_bad_input() => 2,
            _ => 1,
        }
    }

    /// Whether the caller's input is at fault, rather than the machine or the course of the work.
    ///
    /// ```
    /// use plusminus::{DeviceChoice, Engine, Precision};
    /// let choice: DeviceChoice = "no such adapter".parse()?;
    /// let error = Engine::open(&choice, Some(Precision::F32)).unwrap_err();
    /// assert!(error.is_bad_input());
    /// # Ok::<(), plusminus::Error>(())
    /// ```
    pub fn is_bad_input(&self) -> bool {
        self.kind() == ErrorKind::BadInput
    }

    /// Whether one point is at fault, and others need not be.
    pub(crate) fn is_of_a_point(&self) -> bool {
        matches!(
            self,
            Error::VanishedStep { .. }
                | Error::NonFinitePoint { .. }
                | Error::NonFiniteValue { .. }
                | Error::StepOutOfRange { .. }
                | Error::NoDerivative { .. }
        )
    }

    /// Whether the terms are to blame, of which there may be more: points and steps are the same for all.
    pub(crate) fn is_of_terms(&self) -> bool {
        matches!(self, Error::NonFiniteValue { .. } | Error::NoDerivative { .. })
    }

    /// Whether the device is at fault: lost, out of memory, or not there.
    pub fn is_device(&self) -> bool {
        self.kind() == ErrorKind::Device
    }
}
