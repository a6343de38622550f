use std::fmt;

/// Everything that is wrong with a configuration, one line each.
#[derive(Debug, Default, Clone, PartialEq, Eq)]
pub struct ConfigFaults(Vec<String>);

impl ConfigFaults {
    /// Adds a fault of the setting `name`; `problem` must not repeat a secret's value.
    pub(super) fn add(&mut self, name: &str, problem: impl fmt::Display) {
        self.0.push(format!("{name}: {problem}"));
    }

    /// Tells whether nothing is wrong.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

impl fmt::Display for ConfigFaults {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "configuration: {}", self.0.join("; "))
    }
}

impl std::error::Error for ConfigFaults {}
