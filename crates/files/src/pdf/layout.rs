use suite_core::report::{Cell, Column, ColumnKind, TableHead};

use super::{
    HEADER, SIZE,
    page::{LEFT, Page, RIGHT, Weight},
    text::{fit, width, wrap},
};

const KEY: f64 = 64.0;
const LABEL_LEAST: f64 = 120.0;
/// Between two columns.
const GAP: f64 = 6.0;

/// Which columns of a table are printed, and where.
pub(super) struct Layout {
    has_keys: bool,
    label: Place,
    columns: Vec<(usize, String, ColumnKind, Place)>,
    /// Columns for which there is no room.
    pub(super) left_out: Vec<String>,
}

#[derive(Clone, Copy)]
struct Place {
    left: f64,
    right: f64,
}

impl Layout {
    /// Gives each column that says something its room, as long as there is some.
    pub(super) fn new(head: &TableHead, columns: &[Column]) -> Self {
        let key = if head.has_keys { KEY + GAP } else { 0.0 };
        let mut room = RIGHT - LEFT - key - LABEL_LEAST;
        let mut chosen = Vec::new();
        let mut left_out = Vec::new();
        for (at, column) in columns.iter().enumerate() {
            if !head.told.get(at).copied().unwrap_or(true) {
                continue;
            }
            let needed = room_for(column.kind);
            if left_out.is_empty() && needed <= room {
                room -= needed;
                chosen.push((at, column));
            } else {
                left_out.push(column.title.to_string());
            }
        }
        let label = Place {
            left: LEFT + key,
            right: LEFT + key + LABEL_LEAST + room - GAP,
        };
        let mut left = label.right + GAP;
        let columns = chosen.into_iter().map(|(at, column)| {
            let right = left + room_for(column.kind);
            let place = Place {
                left,
                right: right - GAP,
            };
            left = right;
            (at, column.title.to_string(), column.kind, place)
        });
        Self {
            has_keys: head.has_keys,
            label,
            columns: columns.collect(),
            left_out,
        }
    }

    /// Writes the names of the columns below `y`.
    pub(super) fn write_header(&self, page: &mut Page, y: f64) {
        page.fill((LEFT, y - HEADER), (RIGHT - LEFT, HEADER - 2.0), 0.92);
        for (_, title, kind, place) in &self.columns {
            let lines = wrap(title, SIZE, place.right - place.left);
            for (number, line) in (0..2u8).zip(&lines) {
                let y = y - 10.0 - f64::from(number) * 9.0;
                self::write(page, *kind, *place, y, Weight::Bold, line);
            }
        }
    }

    /// Writes a row that stands on `y`.
    pub(super) fn write_row(
        &self,
        page: &mut Page,
        y: f64,
        [key, label]: [&str; 2],
        cells: &[String],
        weight: Weight,
    ) {
        if self.has_keys {
            page.text(LEFT, y, SIZE, weight, &fit(key, SIZE, weight, KEY));
        }
        write(page, ColumnKind::Text, self.label, y, weight, label);
        for (at, _, kind, place) in &self.columns {
            if let Some(text) = cells.get(*at) {
                write(page, *kind, *place, y, weight, text);
            }
        }
    }
}

fn write(page: &mut Page, kind: ColumnKind, place: Place, y: f64, weight: Weight, text: &str) {
    let room = place.right - place.left;
    if matches!(kind, ColumnKind::Text | ColumnKind::Date) {
        page.text(place.left, y, SIZE, weight, &fit(text, SIZE, weight, room));
        return;
    }
    // A figure is never cut: one that is too wide is written smaller.
    let needed = width(text, SIZE, weight);
    let size = if needed > room {
        SIZE * room / needed
    } else {
        SIZE
    };
    page.text_right(place.right, y, (size * 100.0).floor() / 100.0, weight, text);
}

const fn room_for(kind: ColumnKind) -> f64 {
    match kind {
        ColumnKind::Text => 66.0,
        ColumnKind::Date => 56.0,
        ColumnKind::Money => 62.0,
        ColumnKind::Quantity => 52.0,
        ColumnKind::Count | ColumnKind::Percent => 46.0,
    }
}

/// Writes a cell for people.
pub(super) fn cell_text(cell: Cell<'_>) -> String {
    match cell {
        Cell::Empty => String::new(),
        Cell::Text(text) => text.to_owned(),
        Cell::Date(day) => day.format("%-d %b %Y").to_string(),
        Cell::Count(count) => grouped(&count.to_string()),
        Cell::Money(number) | Cell::Quantity(number) => grouped(&number.to_string()),
        Cell::Percent(number) => grouped(&format!("{number:.2}")),
    }
}

/// Groups the digits of a number by three.
fn grouped(number: &str) -> String {
    let (sign, digits) = match number.strip_prefix('-') {
        Some(rest) => ("\u{2212}", rest),
        None => ("", number),
    };
    let (whole, rest) = digits.split_at(digits.find('.').unwrap_or(digits.len()));
    let mut text = String::from(sign);
    for (position, digit) in whole.chars().enumerate() {
        if position > 0 && (whole.len() - position).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text + rest
}

#[cfg(test)]
mod tests {
    use rust_decimal::dec;

    use super::*;

    #[test]
    fn figures_are_grouped_and_days_are_written_out() {
        assert_eq!(cell_text(Cell::Money(dec!(-11062.06))), "\u{2212}11,062.06");
        assert_eq!(cell_text(Cell::Count(1_000)), "1,000");
        assert_eq!(cell_text(Cell::Percent(dec!(3.4))), "3.40");
        let day = chrono::NaiveDate::from_ymd_opt(2011, 12, 9).unwrap();
        assert_eq!(cell_text(Cell::Date(day)), "9 Dec 2011");
    }
}
