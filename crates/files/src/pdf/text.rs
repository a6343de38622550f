//! Texts in the fonts that every reader has: how wide they are, and which letters there are.

use std::fmt::Write;

use super::page::Weight;

/// Widths of the letters from the blank to `~`, in thousandths of the size.
const REGULAR: [u16; 95] = [
    278, 278, 355, 556, 556, 889, 667, 191, 333, 333, 389, 584, 278, 333, 278, 278, 556, 556, 556,
    556, 556, 556, 556, 556, 556, 556, 278, 278, 584, 584, 584, 556, 1015, 667, 667, 722, 722, 667,
    611, 778, 722, 278, 500, 667, 556, 833, 722, 778, 667, 778, 722, 667, 611, 722, 667, 944, 667,
    667, 611, 278, 278, 278, 469, 556, 333, 556, 556, 500, 556, 556, 278, 556, 556, 222, 222, 500,
    222, 833, 556, 556, 556, 556, 333, 500, 278, 556, 500, 722, 500, 500, 500, 334, 260, 334, 584,
];
const BOLD: [u16; 95] = [
    278, 333, 474, 556, 556, 889, 722, 238, 333, 333, 389, 584, 278, 333, 278, 278, 556, 556, 556,
    556, 556, 556, 556, 556, 556, 556, 333, 333, 584, 584, 584, 611, 975, 722, 722, 722, 722, 667,
    611, 778, 722, 278, 556, 722, 611, 833, 722, 778, 667, 778, 722, 667, 611, 722, 667, 944, 667,
    667, 611, 333, 278, 333, 584, 556, 333, 556, 611, 556, 611, 556, 333, 611, 611, 278, 278, 556,
    278, 889, 611, 611, 611, 611, 389, 556, 333, 611, 556, 778, 556, 556, 500, 389, 280, 389, 584,
];

/// What stands from 0x80 to 0x9f in the encoding; `\0` where nothing does.
const SPECIAL: [char; 32] = [
    '€', '\0', '‚', 'ƒ', '„', '…', '†', '‡', 'ˆ', '‰', 'Š', '‹', 'Œ', '\0', 'Ž', '\0', '\0', '‘',
    '’', '“', '”', '•', '–', '—', '˜', '™', 'š', '›', 'œ', '\0', 'ž', 'Ÿ',
];

/// The letters from U+0100 to U+017F without their marks.
const EXTENDED: &[u8; 128] = b"AaAaAaCcCcCcCcDdDdEeEeEeEeEeGgGgGgGgHhHhIiIiIiIiIiIiJjKkkLlLlLlLlLlNnNnNnnNnOoOoOoOoRrRrRrSsSsSsSsTtTtTtUuUuUuUuUuUuWwYyYZzZzZzs";

/// Writes a text in the encoding of the fonts; letters that are not in it lose their marks, or become a question mark.
pub(super) fn encode(text: &str) -> Vec<u8> {
    text.chars().filter_map(encode_letter).collect()
}

fn encode_letter(letter: char) -> Option<u8> {
    let code = u32::from(letter);
    Some(match letter {
        ' '..='~' => u8::try_from(code).unwrap_or(b'?'),
        '\u{a0}'..='\u{ff}' => u8::try_from(code).unwrap_or(b'?'),
        // A minus, a thin blank, and other dashes and blanks.
        '\u{2212}' | '\u{2010}'..='\u{2012}' | '\u{2015}' => 0x96,
        '\u{2000}'..='\u{200a}' | '\u{202f}' | '\u{3000}' => b' ',
        // Marks that stand on the letter before, and what has no width.
        '\u{300}'..='\u{36f}' | '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{feff}' => {
            return None;
        }
        // Latin letters as wide as Chinese ones.
        '\u{ff01}'..='\u{ff5e}' => u8::try_from(code - 0xfee0).unwrap_or(b'?'),
        letter if letter.is_control() => b' ',
        letter => match SPECIAL.iter().position(|special| *special == letter) {
            Some(place) => 0x80 + u8::try_from(place).unwrap_or(0),
            None => usize::try_from(code.wrapping_sub(0x100))
                .ok()
                .and_then(|place| EXTENDED.get(place).copied())
                .unwrap_or(b'?'),
        },
    })
}

/// Writes a text as PDF does, in brackets, with no byte but those of ASCII.
pub(super) fn literal(text: &str) -> String {
    let mut literal = String::with_capacity(text.len() + 2);
    literal.push('(');
    for byte in encode(text) {
        match byte {
            b'(' | b')' | b'\\' => {
                literal.push('\\');
                literal.push(char::from(byte));
            }
            b' '..=b'~' => literal.push(char::from(byte)),
            byte => {
                let _ = write!(literal, "\\{byte:03o}");
            }
        }
    }
    literal.push(')');
    literal
}

/// Returns how wide a text is, in points.
pub(super) fn width(text: &str, size: f64, weight: Weight) -> f64 {
    let thousandths: u32 = encode(text)
        .into_iter()
        .map(|byte| u32::from(letter_width(byte, weight)))
        .sum();
    f64::from(thousandths) * size / 1_000.0
}

fn letter_width(byte: u8, weight: Weight) -> u16 {
    let widths = match weight {
        Weight::Regular => &REGULAR,
        Weight::Bold => &BOLD,
    };
    let of = |letter: u8| {
        widths
            .get(usize::from(letter.wrapping_sub(b' ')))
            .copied()
            .unwrap_or(556)
    };
    match byte {
        b' '..=b'~' => of(byte),
        // As wide as without their marks.
        0xc0..=0xc5 => of(b'A'),
        0xc7 => of(b'C'),
        0xc8..=0xcb => of(b'E'),
        0xcc..=0xcf => of(b'I'),
        0xd1 => of(b'N'),
        0xd2..=0xd6 | 0xd8 => of(b'O'),
        0xd9..=0xdc => of(b'U'),
        0xe7 => of(b'c'),
        0xec..=0xef => of(b'i'),
        0xf1 => of(b'n'),
        0x85 | 0x97 | 0x99 => 1_000,
        0x91 | 0x92 => 222,
        0xc6 => 1_000,
        0xe6 => 889,
        _ => 556,
    }
}

/// Cuts a text so that it fits into a width, and shows that it was cut.
pub(super) fn fit(text: &str, size: f64, weight: Weight, room: f64) -> String {
    if width(text, size, weight) <= room {
        return text.to_owned();
    }
    let mut fitting = String::new();
    let mut used = width("…", size, weight);
    for letter in text.chars() {
        used += width(letter.encode_utf8(&mut [0; 4]), size, weight);
        if used > room {
            break;
        }
        fitting.push(letter);
    }
    fitting.push('…');
    fitting
}

/// Breaks a text into lines of a width, between words where that is possible.
pub(super) fn wrap(text: &str, size: f64, room: f64) -> Vec<String> {
    let mut lines = Vec::new();
    for paragraph in text.lines() {
        let mut line = String::new();
        for word in paragraph.split_whitespace() {
            let longer = if line.is_empty() {
                word.to_owned()
            } else {
                format!("{line} {word}")
            };
            if width(&longer, size, Weight::Regular) > room && !line.is_empty() {
                lines.push(std::mem::replace(&mut line, word.to_owned()));
            } else {
                line = longer;
            }
        }
        lines.push(fit(&line, size, Weight::Regular, room));
    }
    lines
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn letters_that_the_fonts_lack_are_replaced_by_the_nearest() {
        let shown = |text: &str| String::from_utf8_lossy(&encode(text)).into_owned();
        assert_eq!(encode("é€…"), [0xe9, 0x80, 0x85]);
        assert_eq!(shown("Łódź"), "L\u{fffd}dz");
        assert_eq!(shown("e\u{301}"), "e");
        assert_eq!(shown("＝1"), "=1");
        assert_eq!(shown("茶\u{1f600}"), "??");
        assert_eq!(shown("a\u{0}b\tc"), "a b c");
        assert_eq!(encode("\u{2212}5"), [0x96, b'5']);
    }

    #[test]
    fn a_literal_cannot_be_broken_out_of() {
        assert_eq!(literal("a)(\\ Tj £"), "(a\\)\\(\\\\ Tj \\243)");
    }

    #[test]
    fn what_does_not_fit_is_cut_or_broken() {
        let cut = fit(
            "WHITE HANGING HEART T-LIGHT HOLDER",
            8.0,
            Weight::Regular,
            60.0,
        );
        assert!(
            cut.ends_with('…') && width(&cut, 8.0, Weight::Regular) <= 60.0,
            "{cut}"
        );
        assert_eq!(fit("mug", 8.0, Weight::Bold, 60.0), "mug");
        assert_eq!(wrap("one two three", 10.0, 40.0), ["one two", "three"]);
        // 556 × 4 thousandths of ten points.
        assert!((width("2011", 10.0, Weight::Regular) - 22.24).abs() < 1e-9);
    }
}
