//! Spreadsheets, read back the way a spreadsheet does: through the list at the end of the zip.

use std::{collections::BTreeMap, io::Read};

use flate2::{Crc, read::DeflateDecoder};
use suite_core::report::{TableFile, write_report};
use suite_files::XlsxFile;

use super::sample;

fn number(bytes: &[u8], at: usize, length: usize) -> usize {
    bytes[at..at + length]
        .iter()
        .rev()
        .fold(0, |number, byte| number << 8 | usize::from(*byte))
}

/// Reads every part of a zip, and makes sure of its checksum and its size.
fn parts(zip: &[u8]) -> BTreeMap<String, String> {
    let end = zip.len() - 22;
    assert_eq!(number(zip, end, 4), 0x0605_4b50);
    let (count, mut at) = (number(zip, end + 10, 2), number(zip, end + 16, 4));
    let mut parts = BTreeMap::new();
    for _ in 0..count {
        assert_eq!(number(zip, at, 4), 0x0201_4b50);
        let (crc, packed, plain) = (
            number(zip, at + 16, 4),
            number(zip, at + 20, 4),
            number(zip, at + 24, 4),
        );
        let (name, place) = (number(zip, at + 28, 2), number(zip, at + 42, 4));
        let title = String::from_utf8(zip[at + 46..at + 46 + name].to_vec()).unwrap();
        assert_eq!(number(zip, place, 4), 0x0403_4b50);
        let data = place + 30 + number(zip, place + 26, 2) + number(zip, place + 28, 2);
        let mut text = String::new();
        DeflateDecoder::new(&zip[data..data + packed])
            .read_to_string(&mut text)
            .unwrap();
        let mut sum = Crc::new();
        sum.update(text.as_bytes());
        assert_eq!((text.len(), sum.sum() as usize), (plain, crc), "{title}");
        parts.insert(title, text);
        at += 46 + name;
    }
    parts
}

/// Returns the cells of a sheet: place, style and content.
fn cells(sheet: &str) -> BTreeMap<String, (String, String)> {
    let attribute = |tag: &str, name: &str| {
        let from = tag.find(&format!(" {name}=\""))? + name.len() + 3;
        Some(tag[from..].split('"').next()?.to_owned())
    };
    sheet
        .split("<c ")
        .skip(1)
        .map(|cell| {
            let tag = format!(" {}", cell.split('>').next().unwrap());
            let content = cell.split("</c>").next().unwrap();
            let content = ["<v>", "xml:space=\"preserve\">"]
                .iter()
                .find_map(|begin| content.split_once(begin))
                .unwrap()
                .1;
            let content = content.split('<').next().unwrap().to_owned();
            (
                attribute(&tag, "r").unwrap(),
                (attribute(&tag, "s").unwrap(), content),
            )
        })
        .collect()
}

#[test]
fn a_spreadsheet_has_typed_cells_a_frozen_header_and_totals() {
    let mut file = XlsxFile::new();
    write_report(&sample::revenue(), "Revenue", "Corner <shop>", &mut file).unwrap();
    let parts = parts(&file.take());
    assert!(parts["xl/workbook.xml"].contains(r#"<sheet name="Months" sheetId="1""#));
    assert!(parts["docProps/core.xml"].contains("Corner &lt;shop&gt;"));
    let sheet = &parts["xl/worksheets/sheet2.xml"];
    assert!(
        sheet.contains(
            r#"<pane ySplit="1" topLeftCell="A2" activePane="bottomLeft" state="frozen"/>"#
        )
    );
    let cells = cells(sheet);
    let cell = |place: &str| (cells[place].0.as_str(), cells[place].1.as_str());
    assert_eq!(cell("C1"), ("1", "Gross"));
    // A text stays a text, whatever it begins with; a number is a number, exactly.
    assert_eq!(cell("B2"), ("2", "=1+1 &lt;b&gt;"));
    assert_eq!(cell("C2"), ("4", "1234.567"));
    assert_eq!(cell("K2"), ("3", "2"));
    assert_eq!(cell("A4"), ("8", "Total"));
    assert_eq!(cell("C4"), ("10", "1244.567"));
    assert_eq!(cell("E4"), ("10", "-21.50"));
    assert!(sheet.contains(r#"<autoFilter ref="A1:N3"/>"#));
}

#[test]
fn a_report_without_series_is_a_sheet_of_totals() {
    let mut outcome = sample::revenue();
    outcome.series.clear();
    let mut file = XlsxFile::new();
    write_report(&outcome, "Revenue", "", &mut file).unwrap();
    let parts = parts(&file.take());
    assert!(cells(&parts["xl/worksheets/sheet1.xml"]).contains_key("C2"));
}

#[test]
fn what_is_ready_is_handed_out_and_a_long_table_needs_no_more_memory() {
    let mut file = XlsxFile::new();
    let outcome = sample::revenue();
    file.begin(&outcome.file_head("Revenue", "")).unwrap();
    file.begin_table(&outcome.table_head(sample::PRODUCT))
        .unwrap();
    let row = &outcome.series[&sample::PRODUCT][0];
    let (mut whole, mut largest) = (Vec::new(), 0);
    for number in 0..20_000 {
        file.row(
            &number.to_string(),
            &row.label,
            &suite_core::report::ReportFigures::cells(&row.figures),
        )
        .unwrap();
        if number % 500 == 0 {
            let ready = file.take();
            largest = largest.max(ready.len());
            whole.extend(ready);
        }
    }
    file.end_table().unwrap();
    file.finish().unwrap();
    whole.extend(file.take());
    assert!(largest < 100_000, "{largest} of {}", whole.len());
    let parts = parts(&whole);
    assert_eq!(
        parts["xl/worksheets/sheet1.xml"].matches("<row ").count(),
        20_002
    );
}
