//! Checks of single fields, and the collection of all their faults: a client is told everything at once.

use rust_decimal::Decimal;
use suite_core::{
    Error,
    error::{FieldFault, Result},
    invoice_lines::parse_number,
};

const NAME_MAX: usize = 200;

/// The faults found so far.
#[derive(Default)]
pub(crate) struct Faults(Vec<FieldFault>);

impl Faults {
    /// Takes the value out of a check, or remembers what was wrong.
    pub(crate) fn check<T>(&mut self, checked: Result<T>) -> Result<Option<T>> {
        match checked {
            Ok(value) => Ok(Some(value)),
            Err(Error::Invalid { faults }) => {
                self.0.extend(faults);
                Ok(None)
            }
            Err(other) => Err(other),
        }
    }

    /// Remembers a fault.
    pub(crate) fn add(&mut self, field: impl Into<String>, message: impl Into<String>) {
        self.0.push(FieldFault {
            field: field.into(),
            message: message.into(),
        });
    }

    /// Returns the values when all checks have passed.
    pub(crate) fn all<T>(self, values: Option<T>) -> Result<T> {
        match values {
            Some(values) if self.0.is_empty() => Ok(values),
            _ => Err(Error::Invalid { faults: self.0 }),
        }
    }
}

/// A name that people give: trimmed, 1 to 200 characters, on one line.
pub(crate) fn name(field: &str, text: &str) -> Result<String> {
    let text = text.trim();
    if text.is_empty() {
        Err(Error::invalid(field, "must not be empty"))
    } else if text.chars().count() > NAME_MAX {
        Err(Error::invalid(
            field,
            format!("must have at most {NAME_MAX} characters"),
        ))
    } else if text.chars().any(char::is_control) {
        Err(Error::invalid(field, "must not hold control characters"))
    } else {
        Ok(text.to_owned())
    }
}

/// A plain decimal number as text, exactly.
pub(crate) fn number(field: &str, text: &str) -> Result<Decimal> {
    parse_number(text).map_err(|fault| Error::invalid(field, fault.to_string()))
}

/// A number above zero.
pub(crate) fn positive(field: &str, text: &str) -> Result<Decimal> {
    number(field, text).and_then(|number| {
        if number > Decimal::ZERO {
            Ok(number)
        } else {
            Err(Error::invalid(field, "must be above zero"))
        }
    })
}

/// An amount of money, zero or more.
pub(crate) fn amount(field: &str, text: &str) -> Result<Decimal> {
    number(field, text).and_then(|number| {
        if number >= Decimal::ZERO {
            Ok(number)
        } else {
            Err(Error::invalid(field, "must not be below zero"))
        }
    })
}

/// A whole number within bounds.
pub(crate) fn within(field: &str, number: i32, (least, most): (i32, i32)) -> Result<i32> {
    if (least..=most).contains(&number) {
        Ok(number)
    } else {
        Err(Error::invalid(
            field,
            format!("must be from {least} to {most}"),
        ))
    }
}

/// One of the words of `known`.
pub(crate) fn one_of(field: &str, text: &str, known: &[&'static str]) -> Result<&'static str> {
    known
        .iter()
        .find(|word| **word == text)
        .copied()
        .ok_or_else(|| Error::invalid(field, format!("must be one of {}", known.join(", "))))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_is_trimmed_and_has_one_to_two_hundred_characters() {
        assert_eq!(name("name", "  Tea & Töpfe ").unwrap(), "Tea & Töpfe");
        for bad in ["", "  ", "a\nb", &"x".repeat(201)] {
            assert!(name("name", bad).is_err(), "{bad:?}");
        }
    }

    #[test]
    fn all_faults_are_told_together() {
        let mut faults = Faults::default();
        let first = faults.check(name("a", "")).unwrap();
        let second = faults.check(one_of("b", "x", &["y", "z"])).unwrap();
        let error = faults.all(first.zip(second)).unwrap_err().to_string();
        assert!(error.contains("a: must not be empty"), "{error}");
        assert!(error.contains("b: must be one of y, z"), "{error}");
    }
}
