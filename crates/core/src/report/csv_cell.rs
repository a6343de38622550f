use std::borrow::Cow;

/// Makes a text safe to open in a spreadsheet: nothing in it can begin a cell as a formula.
///
/// An apostrophe is put before a text that begins with `= + - @`, their full-width twins, TAB, CR, LF or NUL, also behind
/// blanks, quotes and separators, and behind each `;`, TAB and line end within the text: a spreadsheet that takes these for
/// separators would begin a new cell there. For text only: numbers are written from typed columns and need no guard.
#[must_use]
pub fn defuse(text: &str) -> Cow<'_, str> {
    if !text.contains(is_dangerous) {
        return Cow::Borrowed(text);
    }
    let mut safe = String::with_capacity(text.len() + 2);
    if text.starts_with(is_dangerous) || begins_formula(text) {
        safe.push('\'');
    }
    for (at, character) in text.char_indices() {
        safe.push(character);
        if ends_cell(character) && begins_formula(&text[at + character.len_utf8()..]) {
            safe.push('\'');
        }
    }
    Cow::Owned(safe)
}

fn begins_formula(text: &str) -> bool {
    text.trim_start_matches(is_skipped)
        .starts_with(starts_formula)
}

fn starts_formula(character: char) -> bool {
    matches!(character, '=' | '+' | '-' | '@' | '＝' | '＋' | '－' | '＠')
}

fn is_dangerous(character: char) -> bool {
    starts_formula(character) || matches!(character, '\t' | '\r' | '\n' | '\0')
}

/// What a spreadsheet, or the person who pastes the cell, may drop before the first character that counts.
fn is_skipped(character: char) -> bool {
    character.is_whitespace()
        || character.is_control()
        || matches!(
            character,
            '"' | ';' | ',' | '\u{feff}' | '\u{200b}'..='\u{200f}' | '\u{2060}'
        )
}

fn ends_cell(character: char) -> bool {
    matches!(character, ';' | '\t' | '\r' | '\n')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texts_that_could_begin_a_formula_get_an_apostrophe() {
        let cases = [
            ("=1+1", "'=1+1"),
            ("+44 20", "'+44 20"),
            ("-5", "'-5"),
            ("@SUM(A1)", "'@SUM(A1)"),
            ("\tx", "'\tx"),
            ("\rx", "'\rx"),
            ("\nx", "'\nx"),
            ("\0=1", "'\0=1"),
            (";=1", "';'=1"),
            ("\"=1", "'\"=1"),
            ("  =1", "'  =1"),
            ("\u{feff}=1", "'\u{feff}=1"),
            ("＝1", "'＝1"),
            ("－1", "'－1"),
            ("mug;=HYPERLINK(1)", "mug;'=HYPERLINK(1)"),
            ("mug; \"=1", "mug;' \"=1"),
            ("mug\r\n=1", "mug\r'\n'=1"),
        ];
        for (text, safe) in cases {
            assert_eq!(defuse(text), safe, "{text:?}");
        }
    }

    #[test]
    fn texts_that_begin_no_formula_stay_as_they_are() {
        for text in [
            "",
            "85123A",
            "T-LIGHT HOLDER",
            "12\" ruler, 3-pack; blue",
            "a=b",
            "'=1",
            "£5 + p&p",
            "naïve",
        ] {
            assert!(
                matches!(defuse(text), Cow::Borrowed(_)) || defuse(text) == text,
                "{text:?}"
            );
        }
    }
}
