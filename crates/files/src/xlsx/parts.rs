use std::fmt::Write;

use super::sheet::escape;

pub(super) const RELATIONS: &str = concat!(
    r#"<?xml version="1.0" encoding="UTF-8" standalone="yes"?>"#,
    r#"<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships">"#,
    r#"<Relationship Id="rId1" Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/officeDocument" Target="xl/workbook.xml"/>"#,
    r#"<Relationship Id="rId2" Type="http://schemas.openxmlformats.org/package/2006/relationships/metadata/core-properties" Target="docProps/core.xml"/>"#,
    "</Relationships>"
);

/// Makes a name that a sheet may have and that none of `taken` is.
pub(super) fn sheet_name(title: &str, taken: &[String]) -> String {
    let base: String = title
        .chars()
        .filter(|letter| !letter.is_control() && !"[]:*?/\\'".contains(*letter))
        .take(25)
        .collect();
    let base = if base.is_empty() {
        "Sheet".to_owned()
    } else {
        base
    };
    let mut name = base.clone();
    let mut number = 1;
    while taken.contains(&name) {
        number += 1;
        name = format!("{base} {number}");
    }
    name
}

pub(super) fn workbook(sheets: &[String]) -> String {
    let mut xml = String::from(concat!(
        r#"<?xml version="1.0" encoding="UTF-8" standalone="yes"?>"#,
        r#"<workbook xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main" "#,
        r#"xmlns:r="http://schemas.openxmlformats.org/officeDocument/2006/relationships"><sheets>"#
    ));
    for (number, name) in (1..).zip(sheets) {
        let _ = write!(
            xml,
            r#"<sheet name="{}" sheetId="{number}" r:id="rId{number}"/>"#,
            escape(name)
        );
    }
    // The header is printed on every page.
    xml.push_str("</sheets><definedNames>");
    for (number, name) in sheets.iter().enumerate() {
        let _ = write!(
            xml,
            r#"<definedName name="_xlnm.Print_Titles" localSheetId="{number}">'{}'!$1:$1</definedName>"#,
            escape(name)
        );
    }
    xml.push_str("</definedNames></workbook>");
    xml
}

pub(super) fn workbook_relations(sheets: usize) -> String {
    let mut xml = String::from(concat!(
        r#"<?xml version="1.0" encoding="UTF-8" standalone="yes"?>"#,
        r#"<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships">"#
    ));
    for number in 1..=sheets {
        let _ = write!(
            xml,
            r#"<Relationship Id="rId{number}" Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/worksheet" Target="worksheets/sheet{number}.xml"/>"#
        );
    }
    let _ = write!(
        xml,
        r#"<Relationship Id="rId{}" Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/styles" Target="styles.xml"/></Relationships>"#,
        sheets + 1
    );
    xml
}

pub(super) fn properties(title: &str, about: &str) -> String {
    format!(
        concat!(
            r#"<?xml version="1.0" encoding="UTF-8" standalone="yes"?>"#,
            r#"<cp:coreProperties xmlns:cp="http://schemas.openxmlformats.org/package/2006/metadata/core-properties" "#,
            r#"xmlns:dc="http://purl.org/dc/elements/1.1/"><dc:title>{}</dc:title><dc:description>{}</dc:description>"#,
            "</cp:coreProperties>"
        ),
        escape(title),
        escape(about)
    )
}

pub(super) fn content_types(sheets: usize) -> String {
    let mut xml = String::from(concat!(
        r#"<?xml version="1.0" encoding="UTF-8" standalone="yes"?>"#,
        r#"<Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types">"#,
        r#"<Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/>"#,
        r#"<Default Extension="xml" ContentType="application/xml"/>"#,
        r#"<Override PartName="/xl/workbook.xml" ContentType="application/vnd.openxmlformats-officedocument.spreadsheetml.sheet.main+xml"/>"#,
        r#"<Override PartName="/xl/styles.xml" ContentType="application/vnd.openxmlformats-officedocument.spreadsheetml.styles+xml"/>"#,
        r#"<Override PartName="/docProps/core.xml" ContentType="application/vnd.openxmlformats-package.core-properties+xml"/>"#
    ));
    for number in 1..=sheets {
        let _ = write!(
            xml,
            r#"<Override PartName="/xl/worksheets/sheet{number}.xml" ContentType="application/vnd.openxmlformats-officedocument.spreadsheetml.worksheet+xml"/>"#
        );
    }
    xml.push_str("</Types>");
    xml
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sheets_have_names_that_a_spreadsheet_takes_and_no_two_the_same() {
        let taken = ["Days".to_owned(), "Days 2".to_owned()];
        assert_eq!(sheet_name("Days", &taken), "Days 3");
        assert_eq!(sheet_name("a[b]:c*d?e/f\\g'h", &[]), "abcdefgh");
        assert_eq!(sheet_name("///", &[]), "Sheet");
        assert_eq!(sheet_name(&"x".repeat(60), &[]).len(), 25);
    }
}
