//! Files that people forward: spreadsheets ([`XlsxFile`]) and printable pages ([`PdfFile`]) of a report's tables.
//!
//! Both take row after row ([`suite_core::report::TableFile`]) and hand out what is ready, so that a file of a million rows needs
//! no more memory than a small one. Both formats are written by hand: what a table needs of them is little, and the libraries
//! that write them hold the whole file or put it on a disk first.

mod pdf;
mod xlsx;

pub use pdf::PdfFile;
pub use xlsx::XlsxFile;
