//! The trace context that follows work from a request into its jobs, as W3C Trace Context writes it in `traceparent`.

use std::{fmt, str::FromStr};

use crate::id::JobId;

/// One span of a trace: its id, and the trace that it belongs to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TraceContext {
    trace_id: u128,
    span_id: u64,
    flags: u8,
}

impl TraceContext {
    /// Begins a trace. Nobody has asked for it to be recorded.
    #[must_use]
    pub fn begin() -> Self {
        Self {
            trace_id: rand::random_range(1..=u128::MAX),
            span_id: new_span_id(),
            flags: 0,
        }
    }

    /// Goes on with the trace in a new span.
    #[must_use]
    pub fn child(self) -> Self {
        Self {
            span_id: new_span_id(),
            ..self
        }
    }

    /// Goes on with the trace that a caller has told of, or begins one when it has not, or not properly.
    #[must_use]
    pub fn following(parent: Option<&str>) -> Self {
        let parent = parent.and_then(|text| text.parse::<Self>().ok());
        parent.map_or_else(Self::begin, Self::child)
    }

    /// Goes on with the trace of a job in a span of its own; the attempts of a job without one share the trace of its id.
    #[must_use]
    pub fn of_job(parent: Option<&str>, job_id: JobId) -> Self {
        let parent = parent.and_then(|text| text.parse::<Self>().ok());
        let trace_id = parent.map_or(job_id.as_uuid().as_u128(), |parent| parent.trace_id);
        Self {
            trace_id,
            span_id: new_span_id(),
            flags: parent.map_or(0, |parent| parent.flags),
        }
    }

    /// Returns the id of the trace, 32 hex digits.
    #[must_use]
    pub fn trace_id(self) -> String {
        format!("{:032x}", self.trace_id)
    }

    /// Returns the id of the span, 16 hex digits.
    #[must_use]
    pub fn span_id(self) -> String {
        format!("{:016x}", self.span_id)
    }
}

fn new_span_id() -> u64 {
    rand::random_range(1..=u64::MAX)
}

impl fmt::Display for TraceContext {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self {
            trace_id,
            span_id,
            flags,
        } = self;
        write!(formatter, "00-{trace_id:032x}-{span_id:016x}-{flags:02x}")
    }
}

/// The text is no trace context.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("a trace context is 00-<32 hex digits>-<16 hex digits>-<2 hex digits>")]
pub struct BadTraceContext;

impl FromStr for TraceContext {
    type Err = BadTraceContext;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let mut parts = text.split('-');
        let mut next = |digits: usize| {
            let part = parts.next().ok_or(BadTraceContext)?;
            let is_hex = part
                .bytes()
                .all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f'));
            if part.len() == digits && is_hex {
                u128::from_str_radix(part, 16).map_err(|_| BadTraceContext)
            } else {
                Err(BadTraceContext)
            }
        };
        let (version, trace_id, span_id, flags) = (next(2)?, next(32)?, next(16)?, next(2)?);
        let has_more = parts.next().is_some();
        // A later version may add parts behind these; 255 is no version.
        if version == 255 || (version == 0 && has_more) || trace_id == 0 || span_id == 0 {
            return Err(BadTraceContext);
        }
        Ok(Self {
            trace_id,
            span_id: u64::try_from(span_id).map_err(|_| BadTraceContext)?,
            flags: u8::try_from(flags).map_err(|_| BadTraceContext)?,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const GOOD: &str = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01";

    #[test]
    fn a_trace_goes_on_under_its_id_in_a_span_of_its_own() {
        let parent: TraceContext = GOOD.parse().unwrap();
        assert_eq!(parent.to_string(), GOOD);
        let child = TraceContext::following(Some(GOOD));
        assert_eq!(child.trace_id(), "4bf92f3577b34da6a3ce929d0e0e4736");
        assert_ne!(child.span_id(), parent.span_id());
        assert!(child.to_string().ends_with("-01"));
    }

    #[test]
    fn the_attempts_of_a_job_share_a_trace() {
        let id = JobId::new();
        let [first, second] = [(); 2].map(|()| TraceContext::of_job(None, id));
        assert_eq!(first.trace_id(), second.trace_id());
        assert_ne!(first.span_id(), second.span_id());
        let asked = TraceContext::of_job(Some(GOOD), id);
        assert!(asked.to_string().starts_with(&GOOD[..36]), "{asked}");
    }

    #[test]
    fn a_later_version_is_read_as_far_as_it_is_known() {
        let later = "cc-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01-what-comes";
        assert_eq!(later.parse::<TraceContext>().unwrap().to_string(), GOOD);
    }

    #[test]
    fn what_is_no_trace_context_begins_a_trace() {
        for bad in [
            "",
            "00",
            "ff-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01",
            "00-4BF92F3577B34DA6A3CE929D0E0E4736-00f067aa0ba902b7-01",
            "00-00000000000000000000000000000000-00f067aa0ba902b7-01",
            "00-4bf92f3577b34da6a3ce929d0e0e4736-0000000000000000-01",
            "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01-more",
            "00-+bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01",
        ] {
            assert_eq!(bad.parse::<TraceContext>(), Err(BadTraceContext), "{bad}");
            let begun = TraceContext::following(Some(bad)).to_string();
            assert_eq!(begun.len(), GOOD.len());
            assert!(begun.parse::<TraceContext>().is_ok(), "{begun}");
        }
    }
}
