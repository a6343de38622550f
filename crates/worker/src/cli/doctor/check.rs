use std::io::{self, Write};

use serde::Serialize;

use crate::cli::{show, table::WIDTH};

/// How a check came out; the worst is the greatest.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "lowercase")]
pub(super) enum Status {
    Ok,
    Warn,
    Fail,
}

impl Status {
    pub(super) const fn word(self) -> &'static str {
        match self {
            Self::Ok => "ok",
            Self::Warn => "warn",
            Self::Fail => "fail",
        }
    }
}

/// Where a fact comes from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub(super) enum Source {
    Environment,
    PostgreSql,
    Redis,
}

impl Source {
    const fn name(self) -> &'static str {
        match self {
            Self::Environment => "environment",
            Self::PostgreSql => "PostgreSQL",
            Self::Redis => "Redis",
        }
    }
}

/// One thing that was looked at.
#[derive(Debug, Clone, Serialize)]
pub(super) struct Check {
    pub(super) name: &'static str,
    pub(super) source: Source,
    pub(super) status: Status,
    pub(super) fact: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) advice: Option<String>,
    /// Whether a process cannot serve at all when this fails.
    #[serde(skip)]
    is_vital: bool,
}

impl Check {
    fn new(name: &'static str, source: Source, status: Status, fact: impl Into<String>) -> Self {
        Self {
            name,
            source,
            status,
            fact: fact.into(),
            advice: None,
            is_vital: false,
        }
    }

    pub(super) fn ok(name: &'static str, source: Source, fact: impl Into<String>) -> Self {
        Self::new(name, source, Status::Ok, fact)
    }

    pub(super) fn warn(name: &'static str, source: Source, fact: impl Into<String>) -> Self {
        Self::new(name, source, Status::Warn, fact)
    }

    pub(super) fn fail(name: &'static str, source: Source, fact: impl Into<String>) -> Self {
        Self::new(name, source, Status::Fail, fact)
    }

    /// Says what to do about it.
    pub(super) fn advise(mut self, advice: impl Into<String>) -> Self {
        self.advice = Some(advice.into());
        self
    }

    /// Says that nothing can be served while this fails.
    pub(super) fn vital(mut self) -> Self {
        self.is_vital = true;
        self
    }

    pub(super) fn soften_unless_vital(&mut self) {
        if !self.is_vital && self.source != Source::Environment {
            self.status = self.status.min(Status::Warn);
        }
    }

    pub(super) fn print(&self, out: &mut dyn Write) -> io::Result<()> {
        const INDENT: usize = 35;
        let status = match self.status {
            Status::Fail => "FAIL",
            other => other.word(),
        };
        let mut begin = format!("{status:<6}{:<16}{:<13}", self.name, self.source.name());
        let width = usize::from(WIDTH) - INDENT;
        for line in show::wrap(&show::plain(&self.fact), width) {
            writeln!(out, "{begin:<INDENT$}{line}")?;
            begin.clear();
        }
        let Some(advice) = &self.advice else {
            return Ok(());
        };
        let mut begin = "→ ";
        for line in show::wrap(&show::plain(advice), width - 2) {
            writeln!(out, "{:INDENT$}{begin}{line}", "")?;
            begin = "  ";
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_check_with_advice_fits_eighty_columns() {
        let check = Check::fail(
            "row security",
            Source::PostgreSql,
            "statements run as suite_migrator, which row-level security does not bind",
        )
        .advise("GRANT suite_app TO suite_migrator, or log in as a role without BYPASSRLS");
        let mut out = Vec::new();
        check.print(&mut out).unwrap();
        let text = String::from_utf8(out).unwrap();
        assert!(
            text.lines().all(|line| line.chars().count() <= 80),
            "{text}"
        );
        assert_eq!(
            text.lines().next().unwrap(),
            "FAIL  row security    PostgreSQL   statements run as suite_migrator, which"
        );
    }

    #[test]
    fn only_vital_failures_make_a_process_unready() {
        let mut away = Check::fail("postgresql", Source::PostgreSql, "away").vital();
        let mut full = Check::fail("pool budget", Source::PostgreSql, "over");
        away.soften_unless_vital();
        full.soften_unless_vital();
        assert_eq!((away.status, full.status), (Status::Fail, Status::Warn));
    }
}
