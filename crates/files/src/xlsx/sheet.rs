use std::{borrow::Cow, fmt::Write};

use chrono::NaiveDate;
use suite_core::report::{Cell, Column, ColumnKind, TotalLine};

/// A cell of text holds no more letters than these.
const TEXT_MOST: usize = 32_767;
/// Numbers of more digits are rounded by the spreadsheet when it reads them; what is longer is still written exactly.
const HEADER: u32 = 1;
const TEXT: u32 = 2;
const COUNT: u32 = 3;
const MONEY: u32 = 4;
const QUANTITY: u32 = 5;
const PERCENT: u32 = 6;
const DATE: u32 = 7;
/// Each style again in bold with a line above, for totals.
const TOTAL: u32 = 6;

/// How cells look.
pub(super) struct Styles;

impl Styles {
    pub(super) fn xml(decimals: u32) -> String {
        let zeros = "0".repeat(usize::try_from(decimals).unwrap_or(2));
        let point = if zeros.is_empty() { "" } else { "." };
        let formats = [
            (164, format!("#,##0{point}{zeros}")),
            (165, "#,##0.####".to_owned()),
            (166, "#,##0.00".to_owned()),
            (167, "yyyy-mm-dd".to_owned()),
        ];
        let mut xml = String::from(concat!(
            r#"<?xml version="1.0" encoding="UTF-8" standalone="yes"?>"#,
            r#"<styleSheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"><numFmts count="4">"#
        ));
        for (id, code) in &formats {
            let _ = write!(xml, r#"<numFmt numFmtId="{id}" formatCode="{code}"/>"#);
        }
        xml.push_str(concat!(
            r#"</numFmts><fonts count="2"><font><sz val="11"/><name val="Calibri"/></font>"#,
            r#"<font><b/><sz val="11"/><name val="Calibri"/></font></fonts>"#,
            r#"<fills count="3"><fill><patternFill patternType="none"/></fill><fill><patternFill patternType="gray125"/></fill>"#,
            r#"<fill><patternFill patternType="solid"><fgColor rgb="FFE8ECF1"/><bgColor indexed="64"/></patternFill></fill></fills>"#,
            r#"<borders count="2"><border><left/><right/><top/><bottom/><diagonal/></border>"#,
            r#"<border><left/><right/><top style="thin"><color auto="1"/></top><bottom/><diagonal/></border></borders>"#,
            r#"<cellStyleXfs count="1"><xf numFmtId="0" fontId="0" fillId="0" borderId="0"/></cellStyleXfs><cellXfs count="14">"#,
            r#"<xf numFmtId="0" fontId="0" fillId="0" borderId="0" xfId="0"/>"#,
            r#"<xf numFmtId="0" fontId="1" fillId="2" borderId="0" xfId="0" applyFont="1" applyFill="1"><alignment wrapText="1" vertical="top"/></xf>"#
        ));
        for (font, border) in [(0, 0), (1, 1)] {
            for format in [49, 3, 164, 165, 166, 167] {
                let _ = write!(
                    xml,
                    r#"<xf numFmtId="{format}" fontId="{font}" fillId="0" borderId="{border}" xfId="0" applyNumberFormat="1" applyFont="1" applyBorder="1"/>"#
                );
            }
        }
        xml.push_str(concat!(
            r#"</cellXfs><cellStyles count="1"><cellStyle name="Normal" xfId="0" builtinId="0"/></cellStyles>"#,
            "</styleSheet>"
        ));
        xml
    }
}

/// Writes everything before the first row of the table: the frozen header, widths, and the header itself.
pub(super) fn write_head(xml: &mut String, columns: &[Column]) {
    xml.push_str(concat!(
        r#"<?xml version="1.0" encoding="UTF-8" standalone="yes"?>"#,
        r#"<worksheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"><sheetPr><pageSetUpPr fitToPage="1"/></sheetPr>"#,
        r#"<sheetViews><sheetView workbookViewId="0"><pane ySplit="1" topLeftCell="A2" activePane="bottomLeft" state="frozen"/>"#,
        r#"</sheetView></sheetViews><cols><col min="1" max="1" width="18" customWidth="1"/><col min="2" max="2" width="36" customWidth="1"/>"#
    ));
    for (number, column) in (3..).zip(columns) {
        let width = match column.kind {
            ColumnKind::Text => 20,
            ColumnKind::Money => 16,
            ColumnKind::Date | ColumnKind::Count | ColumnKind::Quantity | ColumnKind::Percent => 13,
        };
        let _ = write!(
            xml,
            r#"<col min="{number}" max="{number}" width="{width}" customWidth="1"/>"#
        );
    }
    xml.push_str(r#"</cols><sheetData><row r="1">"#);
    let titles = ["Key", "Name"].into_iter();
    for (at, title) in titles
        .chain(columns.iter().map(|column| column.title.as_ref()))
        .enumerate()
    {
        write_text(xml, at, 1, HEADER, title);
    }
    xml.push_str("</row>");
}

pub(super) fn write_row(xml: &mut String, row: u64, texts: [&str; 2], cells: &[Cell<'_>]) {
    let _ = write!(xml, r#"<row r="{row}">"#);
    for (at, text) in texts.into_iter().enumerate() {
        write_text(xml, at, row, TEXT, text);
    }
    for (at, cell) in (texts.len()..).zip(cells) {
        write_cell(xml, (at, row), *cell, 0);
    }
    xml.push_str("</row>");
}

/// A row of totals that stands at the end of each sheet.
pub(super) struct TotalRow {
    texts: [String; 2],
    /// Each cell's column with the rest of its XML, which comes behind the row's number.
    cells: Vec<(usize, String)>,
}

impl TotalRow {
    pub(super) fn new(total: &TotalLine<'_>) -> Self {
        let cells = total.cells.iter().enumerate().map(|(at, cell)| {
            let mut xml = String::new();
            write_content(&mut xml, *cell, TOTAL);
            (at + 2, xml)
        });
        Self {
            texts: [total.title.to_owned(), total.range.clone()],
            cells: cells.collect(),
        }
    }

    pub(super) fn write(&self, xml: &mut String, row: u64) {
        let _ = write!(xml, r#"<row r="{row}">"#);
        for (at, text) in self.texts.iter().enumerate() {
            write_text(xml, at, row, TEXT + TOTAL, text);
        }
        for (at, content) in &self.cells {
            if !content.is_empty() {
                let _ = write!(xml, r#"<c r="{}{row}"{content}"#, column_name(*at));
            }
        }
        xml.push_str("</row>");
    }
}

/// Ends a sheet of so many columns of figures, whose last row is `last`.
pub(super) fn write_end(xml: &mut String, columns: usize, last: u64) {
    let _ = write!(
        xml,
        concat!(
            r#"</sheetData><autoFilter ref="A1:{}{}"/><pageMargins left="0.5" right="0.5" top="0.6" bottom="0.6" header="0.3" footer="0.3"/>"#,
            r#"<pageSetup orientation="landscape" fitToHeight="0"/></worksheet>"#
        ),
        column_name(columns + 1),
        last
    );
}

fn write_cell(xml: &mut String, (column, row): (usize, u64), cell: Cell<'_>, style: u32) {
    if cell != Cell::Empty {
        let _ = write!(xml, r#"<c r="{}{row}""#, column_name(column));
        write_content(xml, cell, style);
    }
}

/// Writes what comes behind a cell's place; nothing for an empty one.
fn write_content(xml: &mut String, cell: Cell<'_>, style: u32) {
    let _ = match cell {
        Cell::Empty => Ok(()),
        Cell::Text(text) => write!(
            xml,
            r#" s="{}" t="inlineStr"><is><t xml:space="preserve">{}</t></is></c>"#,
            TEXT + style,
            escape(text)
        ),
        Cell::Date(day) => write!(xml, r#" s="{}"><v>{}</v></c>"#, DATE + style, serial(day)),
        Cell::Count(count) => write!(xml, r#" s="{}"><v>{count}</v></c>"#, COUNT + style),
        Cell::Money(number) => write!(xml, r#" s="{}"><v>{number}</v></c>"#, MONEY + style),
        Cell::Quantity(number) => write!(xml, r#" s="{}"><v>{number}</v></c>"#, QUANTITY + style),
        Cell::Percent(number) => write!(xml, r#" s="{}"><v>{number}</v></c>"#, PERCENT + style),
    };
}

fn write_text(xml: &mut String, column: usize, row: u64, style: u32, text: &str) {
    if !text.is_empty() {
        let _ = write!(
            xml,
            r#"<c r="{}{row}" s="{style}" t="inlineStr"><is><t xml:space="preserve">{}</t></is></c>"#,
            column_name(column),
            escape(text)
        );
    }
}

/// Returns the day as spreadsheets count: from 30 December 1899 on.
fn serial(day: NaiveDate) -> i64 {
    NaiveDate::from_ymd_opt(1899, 12, 30).map_or(0, |first| (day - first).num_days())
}

/// Returns the letters of a column: 0 is A, 26 is AA.
pub(super) fn column_name(mut column: usize) -> String {
    let mut letters = Vec::new();
    loop {
        letters.push(b'A' + u8::try_from(column % 26).unwrap_or(0));
        if column < 26 {
            break;
        }
        column = column / 26 - 1;
    }
    letters
        .iter()
        .rev()
        .map(|letter| char::from(*letter))
        .collect()
}

/// Makes a text fit for XML: markup is escaped, and what XML cannot hold at all is left out.
///
/// A text cell never begins a formula, whatever stands in it: it is typed.
pub(super) fn escape(text: &str) -> Cow<'_, str> {
    let is_plain =
        |letter: char| !matches!(letter, '&' | '<' | '>' | '"' | '\r') && is_allowed(letter);
    if text.len() <= TEXT_MOST && text.chars().all(is_plain) {
        return Cow::Borrowed(text);
    }
    let mut escaped = String::with_capacity(text.len() + 16);
    for letter in text.chars().take(TEXT_MOST) {
        match letter {
            '&' => escaped.push_str("&amp;"),
            '<' => escaped.push_str("&lt;"),
            '>' => escaped.push_str("&gt;"),
            '"' => escaped.push_str("&quot;"),
            '\r' => escaped.push_str("&#13;"),
            letter if is_allowed(letter) => escaped.push(letter),
            _ => escaped.push('\u{fffd}'),
        }
    }
    Cow::Owned(escaped)
}

fn is_allowed(letter: char) -> bool {
    !matches!(letter, '\u{0}'..='\u{8}' | '\u{b}' | '\u{c}' | '\u{e}'..='\u{1f}' | '\u{fffe}' | '\u{ffff}')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_are_counted_in_letters() {
        for (column, name) in [
            (0, "A"),
            (25, "Z"),
            (26, "AA"),
            (51, "AZ"),
            (52, "BA"),
            (701, "ZZ"),
            (702, "AAA"),
        ] {
            assert_eq!(column_name(column), name);
        }
    }

    #[test]
    fn days_are_counted_as_spreadsheets_do() {
        assert_eq!(
            serial(NaiveDate::from_ymd_opt(2011, 12, 9).unwrap()),
            40_886
        );
        assert_eq!(serial(NaiveDate::from_ymd_opt(1900, 3, 1).unwrap()), 61);
    }

    #[test]
    fn markup_and_what_xml_cannot_hold_do_no_harm() {
        assert_eq!(
            escape("a<b>&\"\u{0}\u{1f}\r\n"),
            "a&lt;b&gt;&amp;&quot;\u{fffd}\u{fffd}&#13;\n"
        );
        assert_eq!(escape("=1+1"), "=1+1");
    }
}
