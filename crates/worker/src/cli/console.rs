use std::io::{BufRead, Write};

/// Where a command reads and writes.
pub struct Console<'a> {
    /// The answer.
    pub out: &'a mut dyn Write,
    /// Progress, questions and errors.
    pub err: &'a mut dyn Write,
    /// Answers to questions.
    pub input: &'a mut dyn BufRead,
    /// Whether a person sits at the other end.
    pub is_interactive: bool,
}
