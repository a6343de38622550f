use std::{
    io,
    time::{Duration, Instant},
};

use crate::cli::{Console, show};

/// Tells a waiting person how far it is: in place on a terminal, a line now and then in a log.
pub(super) struct Progress {
    is_interactive: bool,
    told_at: Option<Instant>,
    width: usize,
}

const IN_PLACE: Duration = Duration::from_millis(100);
const IN_A_LOG: Duration = Duration::from_secs(5);

impl Progress {
    pub(super) fn new(is_interactive: bool) -> Self {
        Self {
            is_interactive,
            told_at: None,
            width: 0,
        }
    }

    /// Tells how far it is, unless it just did.
    pub(super) fn tell(&mut self, console: &mut Console<'_>, text: &str) -> io::Result<()> {
        let pause = if self.is_interactive {
            IN_PLACE
        } else {
            IN_A_LOG
        };
        if self.told_at.is_some_and(|at| at.elapsed() < pause) {
            return Ok(());
        }
        self.told_at = Some(Instant::now());
        let text = show::cut(&show::plain(text), 78);
        if self.is_interactive {
            write!(console.err, "\r{text:width$}", width = self.width)?;
            self.width = text.chars().count();
        } else {
            writeln!(console.err, "{text}")?;
        }
        console.err.flush()
    }

    /// Ends a step with its result, always told.
    pub(super) fn done(&mut self, console: &mut Console<'_>, text: &str) -> io::Result<()> {
        self.told_at = None;
        self.tell(console, text)?;
        if self.is_interactive {
            writeln!(console.err)?;
        }
        self.told_at = None;
        self.width = 0;
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn told(is_interactive: bool) -> String {
        let (mut out, mut err) = (Vec::new(), Vec::new());
        let mut console = Console {
            out: &mut out,
            err: &mut err,
            input: &mut io::empty(),
            is_interactive,
        };
        let mut progress = Progress::new(is_interactive);
        progress.tell(&mut console, "1,000 of 3,000 rows").unwrap();
        progress.tell(&mut console, "1,001 of 3,000 rows").unwrap();
        progress.done(&mut console, "all rows").unwrap();
        String::from_utf8(err).unwrap()
    }

    #[test]
    fn a_log_gets_whole_lines_and_not_each_step() {
        assert_eq!(told(false), "1,000 of 3,000 rows\nall rows\n");
    }

    #[test]
    fn a_terminal_sees_one_line_that_changes() {
        assert_eq!(told(true), "\r1,000 of 3,000 rows\rall rows           \n");
    }
}
