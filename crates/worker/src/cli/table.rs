//! Tables that fit a terminal of 80 columns: one line a row, the elastic column gives way.

use comfy_table::{
    CellAlignment, ColumnConstraint, ContentArrangement, Row, Table as Layout, TableStyle,
};

use super::show;

/// What a terminal shows without breaking lines.
pub(super) const WIDTH: u16 = 80;

/// How a column is laid out.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    /// As wide as its content: ids and short words.
    Text,
    /// As wide as its content, to the right.
    Number,
    /// Cut where the line is full.
    Elastic,
}

/// A table in the making.
pub(super) struct Table {
    layout: Layout,
}

impl Table {
    pub(super) fn new(columns: &[(&str, Kind)]) -> Self {
        let mut layout = Layout::new();
        layout
            .load_style(TableStyle::new())
            .set_width(WIDTH)
            .set_content_arrangement(ContentArrangement::Dynamic)
            .set_header(columns.iter().map(|(name, _)| *name));
        let last = columns.len().saturating_sub(1);
        for (index, (_, kind)) in columns.iter().enumerate() {
            let Some(column) = layout.column_mut(index) else {
                continue;
            };
            column.set_padding((0, if index == last { 0 } else { 2 }));
            match kind {
                Kind::Text => column.set_constraint(ColumnConstraint::ContentWidth),
                Kind::Number => {
                    column.set_cell_alignment(CellAlignment::Right);
                    column.set_constraint(ColumnConstraint::ContentWidth)
                }
                Kind::Elastic => column,
            };
        }
        Self { layout }
    }

    pub(super) fn add<Cell: AsRef<str>>(&mut self, cells: impl IntoIterator<Item = Cell>) {
        let mut row = Row::from(cells.into_iter().map(|cell| show::plain(cell.as_ref())));
        row.max_height(1);
        self.layout.add_row(row);
    }
}

impl std::fmt::Display for Table {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.write_str(&self.layout.trim_fmt())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_row_is_one_line_of_at_most_eighty_columns() {
        let mut table = Table::new(&[
            ("ID", Kind::Text),
            ("N", Kind::Number),
            ("ERROR", Kind::Elastic),
        ]);
        let id = "0190d3c8-7c00-7000-8000-000000000001";
        table.add([id, "7", "short"]);
        table.add([id, "1234", &"a long error, told at length; ".repeat(20)]);
        let text = table.to_string();
        let lines: Vec<&str> = text.lines().collect();
        assert_eq!(lines.len(), 3, "{text}");
        assert!(
            lines.iter().all(|line| line.chars().count() <= 80),
            "{text}"
        );
        assert!(lines[2].ends_with('…'), "{text}");
        assert_eq!(lines[1], format!("{id}     7  short"));
    }

    #[test]
    fn control_characters_of_data_do_not_reach_the_terminal() {
        let mut table = Table::new(&[("NAME", Kind::Elastic)]);
        table.add(["red \u{1b}[31m\nalert\u{7}"]);
        assert_eq!(table.to_string(), "NAME\nred ?[31m alert?");
    }
}
