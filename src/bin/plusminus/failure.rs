//! Why a command ended early.

/// Why a command ended early.
pub enum Failure {
    /// It could not do its work.
    Work(plusminus::Error),
    /// It could not print.
    Output(std::io::Error),
}

impl From<plusminus::Error> for Failure {
    fn from(error: plusminus::Error) -> Self {
        Failure::Work(error)
    }
}

impl From<std::io::Error> for Failure {
    fn from(error: std::io::Error) -> Self {
        Failure::Output(error)
    }
}
