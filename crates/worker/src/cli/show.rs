//! Values as a person reads them.

use std::{
    error::Error,
    io::{self, Write},
};

use chrono::{DateTime, Utc};
use serde::Serialize;
use serde_json::Value;

use super::table::WIDTH;

/// Makes any text one line without orders to the terminal: names and errors are other people's.
pub(super) fn plain(text: &str) -> String {
    text.trim()
        .chars()
        .map(|character| match character {
            '\n' | '\r' | '\t' => ' ',
            // Bidirectional overrides reorder what stands around them.
            '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}' => '?',
            character if character.is_control() => '?',
            character => character,
        })
        .collect()
}

/// Writes an error with all its causes in one line that a log keeps together.
pub(super) fn chain(error: &dyn Error) -> String {
    let mut text = error.to_string();
    let mut cause = error.source();
    while let Some(inner) = cause {
        let told = inner.to_string();
        // Some errors repeat their cause in their own words.
        if !text.contains(&told) {
            text.push_str(": ");
            text.push_str(&told);
        }
        cause = inner.source();
    }
    plain(&text)
}

/// Writes one JSON document on one line.
pub(super) fn json(out: &mut dyn Write, value: &impl Serialize) -> anyhow::Result<()> {
    serde_json::to_writer(&mut *out, value)?;
    out.write_all(b"\n")?;
    Ok(())
}

/// Writes a time to the second, in UTC.
pub(super) fn time(at: DateTime<Utc>) -> String {
    at.format("%Y-%m-%d %H:%M:%S").to_string()
}

/// Writes a time to the second, or a dash.
pub(super) fn optional_time(at: Option<DateTime<Utc>>) -> String {
    at.map_or_else(|| "-".to_owned(), time)
}

/// Writes how long something took or is ago, in its two largest units at most.
pub(super) fn span(seconds: i64) -> String {
    let seconds = seconds.max(0);
    let (days, hours, minutes) = (seconds / 86_400, seconds / 3_600 % 24, seconds / 60 % 60);
    match (days, hours, minutes) {
        (0, 0, 0) => format!("{seconds} s"),
        (0, 0, _) => format!("{minutes} min {} s", seconds % 60),
        (0, _, _) => format!("{hours} h {minutes} min"),
        (1, _, _) => format!("1 day {hours} h"),
        _ => format!("{days} days {hours} h"),
    }
}

/// Writes how long ago something was, in one unit: `12m`.
pub(super) fn age(seconds: i64) -> String {
    match seconds.max(0) {
        seconds @ ..60 => format!("{seconds}s"),
        seconds @ 60..3_600 => format!("{}m", seconds / 60),
        seconds @ 3_600..86_400 => format!("{}h", seconds / 3_600),
        seconds => format!("{}d", seconds / 86_400),
    }
}

/// Cuts text to at most `width` characters.
pub(super) fn cut(text: &str, width: usize) -> String {
    if text.chars().count() <= width {
        return text.to_owned();
    }
    let mut kept: String = text.chars().take(width.saturating_sub(1)).collect();
    kept.push('…');
    kept
}

/// Writes a count with its noun: `1 job`, `2 jobs`, `12,000 jobs`.
pub(super) fn count(number: i64, noun: &str) -> String {
    let plural = if number == 1 { "" } else { "s" };
    format!("{} {noun}{plural}", thousands(number))
}

/// Writes a whole number with commas.
pub(super) fn thousands(number: i64) -> String {
    let digits = number.unsigned_abs().to_string();
    let mut text = String::new();
    for (index, digit) in digits.chars().enumerate() {
        if index > 0 && (digits.len() - index).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    if number < 0 {
        text.insert(0, '-');
    }
    text
}

/// Writes progress as `1,200 of 5,000 rows: writing`.
pub(super) fn progress(progress: &Value) -> String {
    let number = |key: &str| progress.get(key).and_then(Value::as_i64);
    let text = |key: &str| {
        progress
            .get(key)
            .and_then(Value::as_str)
            .unwrap_or_default()
    };
    let Some(done) = number("done") else {
        return progress.to_string();
    };
    let mut told = thousands(done);
    if let Some(total) = number("total") {
        told = format!("{told} of {}", thousands(total));
    }
    for (before, part) in [(" ", text("unit")), (": ", text("message"))] {
        if !part.is_empty() {
            told.push_str(before);
            told.push_str(part);
        }
    }
    told
}

/// Writes `label   value` lines with the values in one column.
pub(super) fn pairs(out: &mut dyn Write, pairs: &[(&str, String)]) -> io::Result<()> {
    let width = pairs
        .iter()
        .map(|(label, _)| label.len())
        .max()
        .unwrap_or(0)
        + 2;
    for (label, value) in pairs {
        let mut label = *label;
        for line in wrap(&plain(value), usize::from(WIDTH) - width) {
            writeln!(out, "{label:width$}{line}")?;
            label = "";
        }
    }
    Ok(())
}

/// Breaks text into lines of at most `width` characters, at blanks where there are any.
pub(super) fn wrap(text: &str, width: usize) -> Vec<String> {
    let mut lines = vec![String::new()];
    for word in text.split_whitespace() {
        let current = lines.last().map_or(0, |line| line.chars().count());
        let needed = word.chars().count() + usize::from(current > 0);
        if current > 0 && current + needed > width {
            lines.push(String::new());
        }
        if let Some(line) = lines.last_mut() {
            if !line.is_empty() {
                line.push(' ');
            }
            line.push_str(word);
        }
    }
    lines
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn spans_have_at_most_two_units() {
        let spans: Vec<String> = [-3, 59, 61, 3_660, 90_000, 259_200]
            .into_iter()
            .map(span)
            .collect();
        assert_eq!(
            spans,
            [
                "0 s",
                "59 s",
                "1 min 1 s",
                "1 h 1 min",
                "1 day 1 h",
                "3 days 0 h"
            ]
        );
    }

    #[test]
    fn counts_agree_with_their_nouns() {
        assert_eq!(count(1, "job"), "1 job");
        assert_eq!(count(0, "job"), "0 jobs");
        assert_eq!(count(1_234_567, "job"), "1,234,567 jobs");
    }

    #[test]
    fn long_text_is_broken_at_blanks() {
        assert_eq!(wrap("one two three", 7), ["one two", "three"]);
        assert_eq!(wrap("", 7), [""]);
    }

    #[test]
    fn progress_is_a_sentence() {
        let told =
            progress(&json!({"done": 1200, "total": 5000, "unit": "rows", "message": "writing"}));
        assert_eq!(told, "1,200 of 5,000 rows: writing");
        assert_eq!(
            progress(&json!({"done": 3, "total": null, "unit": "", "message": ""})),
            "3"
        );
        assert_eq!(progress(&json!(["new", "shape"])), r#"["new","shape"]"#);
    }
}
