/// Makes a pattern that finds `text` anywhere, with nothing in it being a wildcard.
pub(crate) fn containing(text: &str) -> String {
    format!("%{}%", escaped(text))
}

/// Makes a pattern that finds what begins with `text`.
pub(crate) fn beginning_with(text: &str) -> String {
    format!("{}%", escaped(text))
}

fn escaped(text: &str) -> String {
    let mut pattern = String::with_capacity(text.len());
    for character in text.chars() {
        if matches!(character, '%' | '_' | '\\') {
            pattern.push('\\');
        }
        pattern.push(character);
    }
    pattern
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn wildcards_in_a_search_stand_for_themselves() {
        assert_eq!(containing(r"100%_a\b"), r"%100\%\_a\\b%");
        assert_eq!(beginning_with("5"), "5%");
    }
}
