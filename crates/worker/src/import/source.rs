use std::io::{self, BufRead, Read};

use flate2::bufread::MultiGzDecoder;
use suite_core::{
    Error,
    id::{AccountId, ImportId},
    invoice_lines::{BrokenFile, RecordError},
};
use suite_db::{Db, DbResult, imports};
use tokio::sync::mpsc;

/// A gzip file of the largest upload may hold a thousand times its size of blanks; no invoices fill this.
const UNPACKED_LIMIT_GIB: u64 = 32;

/// A piece of an upload on its way to the thread that reads it. The end is said, so that a feeder that stops is no end.
#[derive(Debug)]
pub(super) enum Piece {
    Bytes(Vec<u8>),
    End,
}

pub(super) type Pieces = mpsc::Receiver<Result<Piece, Error>>;

/// Why a file cannot be read on.
#[derive(Debug)]
pub(super) enum FileError {
    /// The file's fault.
    Broken(BrokenFile),
    /// Ours.
    Source(Error),
}

impl From<BrokenFile> for FileError {
    fn from(broken: BrokenFile) -> Self {
        Self::Broken(broken)
    }
}

impl From<RecordError> for FileError {
    fn from(error: RecordError) -> Self {
        match error {
            RecordError::Broken(broken) => Self::Broken(broken),
            RecordError::Source(error) => error.into(),
        }
    }
}

impl From<io::Error> for FileError {
    fn from(error: io::Error) -> Self {
        let kind = error.kind();
        match error.downcast::<Carried>() {
            Ok(Carried(carried)) => carried,
            Err(error) => match kind {
                io::ErrorKind::UnexpectedEof => Self::Broken(BrokenFile::GzipCutOff),
                io::ErrorKind::InvalidInput | io::ErrorKind::InvalidData => {
                    Self::Broken(BrokenFile::GzipDamaged)
                }
                _ => Self::Source(Error::internal(error)),
            },
        }
    }
}

/// Carries an error of ours through readers that know only their own.
#[derive(Debug)]
struct Carried(FileError);

impl std::fmt::Display for Carried {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.write_str("the upload cannot be read")
    }
}

impl std::error::Error for Carried {}

fn carry(error: FileError) -> io::Error {
    io::Error::other(Carried(error))
}

/// Sends an upload piece by piece. Whatever goes wrong is sent as well; when nobody listens any more, it ends.
pub(super) async fn feed(
    db: &Db,
    account_id: AccountId,
    import_id: ImportId,
    size_bytes: i64,
    pieces: mpsc::Sender<Result<Piece, Error>>,
) {
    let mut seen: i64 = 0;
    for ordinal in 0.. {
        let piece = match read_piece(db, account_id, import_id, ordinal).await {
            Ok(Some(bytes)) => {
                seen += i64::try_from(bytes.len()).unwrap_or(i64::MAX);
                Ok(Piece::Bytes(bytes))
            }
            Ok(None) if seen == size_bytes => Ok(Piece::End),
            Ok(None) => Err(Error::internal(format!(
                "{seen} of {size_bytes} uploaded bytes are there"
            ))),
            Err(error) => Err(error.into()),
        };
        let goes_on = matches!(piece, Ok(Piece::Bytes(_)));
        if pieces.send(piece).await.is_err() || !goes_on {
            return;
        }
    }
}

async fn read_piece(
    db: &Db,
    account_id: AccountId,
    import_id: ImportId,
    ordinal: i32,
) -> DbResult<Option<Vec<u8>>> {
    let mut tx = db.account(account_id).await?;
    let bytes = imports::read_chunk(&mut tx, import_id, ordinal).await?;
    tx.commit().await?;
    Ok(bytes)
}

/// An upload as a file, for a thread that may block.
#[derive(Debug)]
pub(super) struct Upload {
    pieces: Pieces,
    current: Vec<u8>,
    read: usize,
    has_ended: bool,
}

impl Upload {
    pub(super) fn new(pieces: Pieces) -> Self {
        Self {
            pieces,
            current: Vec::new(),
            read: 0,
            has_ended: false,
        }
    }

    fn receive(&mut self) -> io::Result<Option<Vec<u8>>> {
        match self.pieces.blocking_recv() {
            Some(Ok(Piece::Bytes(bytes))) => Ok(Some(bytes)),
            Some(Ok(Piece::End)) => Ok(None),
            Some(Err(error)) => Err(carry(FileError::Source(error))),
            None => Err(carry(FileError::Source(Error::internal(
                "the upload is not fed any more",
            )))),
        }
    }

    /// Returns the beginning of the file, at least `count` bytes of it where it has so many.
    fn peek(&mut self, count: usize) -> io::Result<&[u8]> {
        while self.current.len() - self.read < count && !self.has_ended {
            match self.receive()? {
                Some(bytes) => self.current.extend_from_slice(&bytes),
                None => self.has_ended = true,
            }
        }
        Ok(&self.current[self.read..])
    }
}

impl BufRead for Upload {
    fn fill_buf(&mut self) -> io::Result<&[u8]> {
        while self.read == self.current.len() && !self.has_ended {
            self.read = 0;
            match self.receive()? {
                Some(bytes) => self.current = bytes,
                None => {
                    self.current = Vec::new();
                    self.has_ended = true;
                }
            }
        }
        Ok(&self.current[self.read..])
    }

    fn consume(&mut self, amount: usize) {
        self.read += amount;
    }
}

impl Read for Upload {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        let available = self.fill_buf()?;
        let count = available.len().min(into.len());
        into[..count].copy_from_slice(&available[..count]);
        self.consume(count);
        Ok(count)
    }
}

/// The text of an upload, unpacked where it is packed.
pub(super) enum Text {
    Plain(Upload),
    Gzip {
        decoder: Box<MultiGzDecoder<Upload>>,
        unpacked_bytes: u64,
    },
}

impl Text {
    /// Opens an upload. Gzip is known by its first bytes, also where the client did not say so.
    pub(super) fn open(mut upload: Upload, is_gzip: bool) -> Result<Self, FileError> {
        match upload.peek(4)? {
            [] => Err(BrokenFile::Empty.into()),
            [0x1F, 0x8B, ..] => Ok(Self::Gzip {
                decoder: Box::new(MultiGzDecoder::new(upload)),
                unpacked_bytes: 0,
            }),
            _ if is_gzip => Err(BrokenFile::NotGzip.into()),
            [b'P', b'K', 3, 4, ..] => Err(BrokenFile::Zip.into()),
            [0xFF, 0xFE, ..] | [0xFE, 0xFF, ..] => Err(BrokenFile::Utf16.into()),
            _ => Ok(Self::Plain(upload)),
        }
    }
}

impl Read for Text {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        match self {
            Self::Plain(upload) => upload.read(into),
            Self::Gzip {
                decoder,
                unpacked_bytes,
            } => {
                let count = decoder.read(into)?;
                *unpacked_bytes += count as u64;
                if *unpacked_bytes > UNPACKED_LIMIT_GIB << 30 {
                    return Err(carry(FileError::Broken(BrokenFile::UnpacksTooLarge {
                        limit_gib: UNPACKED_LIMIT_GIB,
                    })));
                }
                Ok(count)
            }
        }
    }
}
