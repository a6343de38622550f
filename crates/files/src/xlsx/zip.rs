use std::io::Write;

use flate2::{Compression, Crc, write::DeflateEncoder};
use suite_core::{Error, Result};

/// Sizes come after the data, and names are UTF-8.
const FLAGS: u16 = 0x0008 | 0x0800;
const DEFLATED: u16 = 8;
/// 1 January 1980, the first day that the format knows: what a file holds does not depend on when it is made.
const DAY: u16 = 0x0021;

/// Writes a zip from front to back, and never goes back.
pub(super) struct ZipWriter {
    encoder: Option<DeflateEncoder<Vec<u8>>>,
    ready: Vec<u8>,
    /// Bytes that were handed out already.
    taken: u64,
    entries: Vec<Entry>,
    crc: Crc,
    /// Bytes of the present part that were packed, and what came of them so far.
    plain: u64,
    packed: u64,
}

struct Entry {
    name: String,
    begin: u64,
    crc: u32,
    packed: u64,
    plain: u64,
}

impl ZipWriter {
    pub(super) fn new() -> Self {
        Self {
            encoder: None,
            ready: Vec::new(),
            taken: 0,
            entries: Vec::new(),
            crc: Crc::new(),
            plain: 0,
            packed: 0,
        }
    }

    /// Begins a part.
    pub(super) fn begin(&mut self, name: &str) -> Result<()> {
        self.entries.push(Entry {
            name: name.to_owned(),
            begin: self.taken + self.ready.len() as u64,
            crc: 0,
            packed: 0,
            plain: 0,
        });
        self.put(&0x0403_4b50u32.to_le_bytes());
        self.put_shorts(&[20, FLAGS, DEFLATED, 0, DAY]);
        // Checksum and sizes: told behind the data.
        self.put(&[0; 12]);
        self.put_shorts(&[short(name.len())?, 0]);
        self.put(name.as_bytes());
        self.encoder = Some(DeflateEncoder::new(Vec::new(), Compression::fast()));
        self.crc = Crc::new();
        (self.plain, self.packed) = (0, 0);
        Ok(())
    }

    /// Writes more of the part.
    pub(super) fn write(&mut self, bytes: &[u8]) -> Result<()> {
        let Some(encoder) = &mut self.encoder else {
            return Err(Error::internal("no part of the file was begun"));
        };
        encoder.write_all(bytes).map_err(Error::internal)?;
        self.crc.update(bytes);
        self.plain += bytes.len() as u64;
        self.packed += encoder.get_ref().len() as u64;
        self.ready.append(encoder.get_mut());
        Ok(())
    }

    /// Ends the part.
    pub(super) fn end(&mut self) -> Result<()> {
        let Some(encoder) = self.encoder.take() else {
            return Ok(());
        };
        let mut rest = encoder.finish().map_err(Error::internal)?;
        self.packed += rest.len() as u64;
        self.ready.append(&mut rest);
        let (crc, packed, plain) = (self.crc.sum(), self.packed, self.plain);
        self.put(&0x0807_4b50u32.to_le_bytes());
        self.put(&crc.to_le_bytes());
        self.put(&long(packed)?.to_le_bytes());
        self.put(&long(plain)?.to_le_bytes());
        if let Some(entry) = self.entries.last_mut() {
            (entry.crc, entry.packed, entry.plain) = (crc, packed, plain);
        }
        Ok(())
    }

    /// Writes the list of parts.
    pub(super) fn finish(&mut self) {
        let begin = self.taken + self.ready.len() as u64;
        let entries = std::mem::take(&mut self.entries);
        for entry in &entries {
            // `end` has refused what does not fit.
            let fits = |number| u32::try_from(number).unwrap_or(u32::MAX);
            self.put(&0x0201_4b50u32.to_le_bytes());
            self.put_shorts(&[20, 20, FLAGS, DEFLATED, 0, DAY]);
            for number in [entry.crc, fits(entry.packed), fits(entry.plain)] {
                self.put(&number.to_le_bytes());
            }
            self.put_shorts(&[short(entry.name.len()).unwrap_or(u16::MAX), 0, 0, 0, 0]);
            self.put(&0u32.to_le_bytes());
            self.put(&fits(entry.begin).to_le_bytes());
            self.put(entry.name.as_bytes());
        }
        let end = self.taken + self.ready.len() as u64;
        let count = u16::try_from(entries.len()).unwrap_or(u16::MAX);
        self.put(&0x0605_4b50u32.to_le_bytes());
        self.put_shorts(&[0, 0, count, count]);
        for number in [end - begin, begin] {
            self.put(&u32::try_from(number).unwrap_or(u32::MAX).to_le_bytes());
        }
        self.put_shorts(&[0]);
    }

    /// Takes the bytes that are ready.
    pub(super) fn take(&mut self) -> Vec<u8> {
        self.taken += self.ready.len() as u64;
        std::mem::take(&mut self.ready)
    }

    fn put(&mut self, bytes: &[u8]) {
        self.ready.extend_from_slice(bytes);
    }

    fn put_shorts(&mut self, numbers: &[u16]) {
        for number in numbers {
            self.put(&number.to_le_bytes());
        }
    }
}

fn short(number: usize) -> Result<u16> {
    u16::try_from(number).map_err(Error::internal)
}

/// The plain form of the format ends at 4 GB, some forty million rows.
fn long(number: u64) -> Result<u32> {
    u32::try_from(number).map_err(|_| Error::Conflict {
        reason: "the report is too large for a spreadsheet; take it as csv".to_owned(),
    })
}
