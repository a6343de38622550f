use std::{fmt::Write as _, io::Write as _};

use flate2::{Compression, write::ZlibEncoder};
use suite_core::{Error, Result};

use super::{
    page::{HEIGHT, WIDTH},
    text::literal,
};

/// Objects that every page refers to; they are written last, so that their content can be known.
const CATALOG: usize = 1;
const PAGES: usize = 2;
const REGULAR: usize = 3;
const BOLD: usize = 4;
const INFO: usize = 5;
/// The first object of a page.
const FIRST: usize = 6;

/// Writes the objects of a PDF one after the other; of those that are written only the places are kept.
pub(super) struct Document {
    pub(super) title: String,
    ready: Vec<u8>,
    taken: u64,
    /// The place of each object, by its number less one.
    places: Vec<u64>,
    kids: Vec<usize>,
}

impl Document {
    pub(super) fn new() -> Self {
        Self {
            title: String::new(),
            // The second line tells that the file holds bytes, not text.
            ready: b"%PDF-1.7\n%\xe2\xe3\xcf\xd3\n".to_vec(),
            taken: 0,
            places: vec![0; FIRST - 1],
            kids: Vec::new(),
        }
    }

    /// Adds a page with its drawing.
    pub(super) fn add_page(&mut self, content: &str) -> Result<()> {
        let mut encoder = ZlibEncoder::new(Vec::new(), Compression::default());
        encoder
            .write_all(content.as_bytes())
            .map_err(Error::internal)?;
        let packed = encoder.finish().map_err(Error::internal)?;
        let stream = self.begin_new();
        self.put(&format!(
            "<< /Length {} /Filter /FlateDecode >>\nstream\n",
            packed.len()
        ));
        self.ready.extend_from_slice(&packed);
        self.put("\nendstream\nendobj\n");
        let page = self.begin_new();
        self.put(&format!(
            "<< /Type /Page /Parent {PAGES} 0 R /MediaBox [0 0 {WIDTH} {HEIGHT}] /Contents {stream} 0 R \
             /Resources << /Font << /F1 {REGULAR} 0 R /F2 {BOLD} 0 R >> >> >>\nendobj\n"
        ));
        self.kids.push(page);
        Ok(())
    }

    /// Writes what all pages share, and where everything is.
    pub(super) fn finish(&mut self) {
        self.begin(CATALOG);
        self.put(&format!(
            "<< /Type /Catalog /Pages {PAGES} 0 R /Lang (en) >>\nendobj\n"
        ));
        self.begin(PAGES);
        let mut kids = String::new();
        for kid in &self.kids {
            let _ = write!(kids, "{kid} 0 R ");
        }
        let count = self.kids.len();
        self.put(&format!(
            "<< /Type /Pages /Kids [{kids}] /Count {count} >>\nendobj\n"
        ));
        for (number, font) in [(REGULAR, "Helvetica"), (BOLD, "Helvetica-Bold")] {
            self.begin(number);
            self.put(&format!(
                "<< /Type /Font /Subtype /Type1 /BaseFont /{font} /Encoding /WinAnsiEncoding >>\nendobj\n"
            ));
        }
        self.begin(INFO);
        let title = literal(&self.title);
        self.put(&format!(
            "<< /Title {title} /Producer (Employee Suite) >>\nendobj\n"
        ));
        let begin = self.place();
        let size = self.places.len() + 1;
        let mut table = format!("xref\n0 {size}\n0000000000 65535 f \n");
        for place in &self.places {
            let _ = writeln!(table, "{place:010} 00000 n ");
        }
        self.put(&table);
        self.put(&format!(
            "trailer\n<< /Size {size} /Root {CATALOG} 0 R /Info {INFO} 0 R >>\nstartxref\n{begin}\n%%EOF\n"
        ));
    }

    pub(super) fn take(&mut self) -> Vec<u8> {
        self.taken += self.ready.len() as u64;
        std::mem::take(&mut self.ready)
    }

    fn begin_new(&mut self) -> usize {
        self.places.push(0);
        let number = self.places.len();
        self.begin(number);
        number
    }

    fn begin(&mut self, number: usize) {
        let place = self.place();
        if let Some(known) = self.places.get_mut(number - 1) {
            *known = place;
        }
        self.put(&format!("{number} 0 obj\n"));
    }

    fn place(&self) -> u64 {
        self.taken + self.ready.len() as u64
    }

    fn put(&mut self, text: &str) {
        self.ready.extend_from_slice(text.as_bytes());
    }
}
