//! Streams that only who has the key can read, and that nobody can change, cut or reorder unnoticed.
//!
//! A sealed stream is a head (magic, salt) and frames: a length, and so many bytes of AES-256-GCM with their tag. Each stream
//! has a key of its own, made of the secret and the salt by HKDF-SHA256, so that a frame's number can be its nonce. The last
//! frame says in its nonce that it is the last: a stream that was cut between two frames does not open.

use rand::RngCore;
use ring::{
    aead::{AES_256_GCM, Aad, LessSafeKey, NONCE_LEN, Nonce, UnboundKey},
    hkdf::{HKDF_SHA256, Salt},
};

use crate::{Error, Result};

const MAGIC: &[u8; 8] = b"ESUITE\x00\x01";
const SALT_BYTES: usize = 32;
const HEAD_BYTES: usize = MAGIC.len() + SALT_BYTES;
const LENGTH_BYTES: usize = 4;
const TAG_BYTES: usize = 16;
/// Plain bytes of one frame.
const FRAME_BYTES: usize = 64 * 1024;

/// Seals a stream, piece by piece.
pub struct Sealer {
    key: LessSafeKey,
    head: [u8; HEAD_BYTES],
    is_begun: bool,
    number: u64,
    pending: Vec<u8>,
}

impl Sealer {
    /// Begins a stream with a salt of its own.
    ///
    /// # Errors
    /// When no key can be made of the secret.
    pub fn new(secret: &[u8]) -> Result<Self> {
        let mut head = [0; HEAD_BYTES];
        head[..MAGIC.len()].copy_from_slice(MAGIC);
        rand::rng().fill_bytes(&mut head[MAGIC.len()..]);
        Ok(Self {
            key: key(secret, &head)?,
            head,
            is_begun: false,
            number: 0,
            pending: Vec::with_capacity(FRAME_BYTES + TAG_BYTES),
        })
    }

    /// Seals `plain` and appends to `out` what is ready.
    ///
    /// # Errors
    /// When the cipher fails, which it does not.
    pub fn push(&mut self, mut plain: &[u8], out: &mut Vec<u8>) -> Result<()> {
        while !plain.is_empty() {
            // A full frame waits until it is known whether another one follows.
            if self.pending.len() == FRAME_BYTES {
                self.seal(false, out)?;
            }
            let room = FRAME_BYTES - self.pending.len();
            let (now, later) = plain.split_at(room.min(plain.len()));
            self.pending.extend_from_slice(now);
            plain = later;
        }
        Ok(())
    }

    /// Ends the stream.
    ///
    /// # Errors
    /// When the cipher fails, which it does not.
    pub fn finish(mut self, out: &mut Vec<u8>) -> Result<()> {
        self.seal(true, out)
    }

    fn seal(&mut self, is_last: bool, out: &mut Vec<u8>) -> Result<()> {
        if !self.is_begun {
            out.extend_from_slice(&self.head);
            self.is_begun = true;
        }
        let nonce = nonce(self.number, is_last);
        self.key
            .seal_in_place_append_tag(nonce, Aad::empty(), &mut self.pending)
            .map_err(|_| Error::internal("a frame cannot be sealed"))?;
        let length = u32::try_from(self.pending.len()).map_err(Error::internal)?;
        out.extend_from_slice(&length.to_le_bytes());
        out.append(&mut self.pending);
        self.number += 1;
        Ok(())
    }
}

/// Opens a sealed stream, piece by piece.
pub struct Opener {
    secret: Vec<u8>,
    key: Option<LessSafeKey>,
    number: u64,
    sealed: Vec<u8>,
}

impl Opener {
    /// Prepares to open one.
    #[must_use]
    pub fn new(secret: &[u8]) -> Self {
        Self {
            secret: secret.to_vec(),
            key: None,
            number: 0,
            sealed: Vec::new(),
        }
    }

    /// Takes sealed bytes and appends to `out` what they open to.
    ///
    /// # Errors
    /// When they were sealed with another key, or are not what was sealed.
    pub fn push(&mut self, sealed: &[u8], out: &mut Vec<u8>) -> Result<()> {
        self.sealed.extend_from_slice(sealed);
        if self.key.is_none() {
            let Some(head) = self.sealed.first_chunk::<HEAD_BYTES>() else {
                return Ok(());
            };
            if !head.starts_with(MAGIC) {
                return Err(Error::invalid("backup", "is not a sealed stream"));
            }
            self.key = Some(key(&self.secret, head)?);
            self.sealed.drain(..HEAD_BYTES);
        }
        // The last frame is opened by `finish`, which alone knows that nothing follows.
        let mut taken = 0;
        while let Some(length) = self.frame_at(taken)? {
            if self.sealed.len() <= taken + LENGTH_BYTES + length {
                break;
            }
            self.open(taken, length, false, out)?;
            taken += LENGTH_BYTES + length;
        }
        self.sealed.drain(..taken);
        Ok(())
    }

    /// Opens the last frame; without it the stream was cut.
    ///
    /// # Errors
    /// When the stream was cut, or is not what was sealed.
    pub fn finish(mut self, out: &mut Vec<u8>) -> Result<()> {
        let length = self.frame_at(0)?;
        let length = length.filter(|length| self.sealed.len() == LENGTH_BYTES + length);
        let length = length.ok_or_else(|| Error::invalid("backup", "was cut"))?;
        self.open(0, length, true, out)
    }

    fn frame_at(&self, start: usize) -> Result<Option<usize>> {
        let bytes = self.sealed.get(start..).and_then(|rest| rest.first_chunk());
        let Some(length) = bytes.map(|bytes| u32::from_le_bytes(*bytes) as usize) else {
            return Ok(None);
        };
        if (TAG_BYTES..=FRAME_BYTES + TAG_BYTES).contains(&length) {
            Ok(Some(length))
        } else {
            Err(changed())
        }
    }

    fn open(
        &mut self,
        start: usize,
        length: usize,
        is_last: bool,
        out: &mut Vec<u8>,
    ) -> Result<()> {
        let begin = start + LENGTH_BYTES;
        let frame = self
            .sealed
            .get_mut(begin..begin + length)
            .ok_or_else(changed)?;
        let key = self.key.as_ref().ok_or_else(changed)?;
        let nonce = nonce(self.number, is_last);
        let plain = key
            .open_in_place(nonce, Aad::empty(), frame)
            .map_err(|_| changed())?;
        out.extend_from_slice(plain);
        self.number += 1;
        Ok(())
    }
}

fn changed() -> Error {
    Error::invalid(
        "backup",
        "was sealed with another ENCRYPTION_KEY, cut or changed",
    )
}

fn key(secret: &[u8], head: &[u8; HEAD_BYTES]) -> Result<LessSafeKey> {
    let failed = |_| Error::internal("no key can be made");
    let derived = Salt::new(HKDF_SHA256, head).extract(secret);
    let unbound: UnboundKey = derived
        .expand(&[b"employee suite sealed stream"], &AES_256_GCM)
        .map_err(failed)?
        .into();
    Ok(LessSafeKey::new(unbound))
}

fn nonce(number: u64, is_last: bool) -> Nonce {
    let mut bytes = [0; NONCE_LEN];
    bytes[..8].copy_from_slice(&number.to_be_bytes());
    bytes[NONCE_LEN - 1] = u8::from(is_last);
    Nonce::assume_unique_for_key(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    const SECRET: &[u8] = b"0123456789abcdef0123456789abcdef";

    fn seal(plain: &[u8], piece: usize) -> Vec<u8> {
        let mut sealer = Sealer::new(SECRET).unwrap();
        let mut out = Vec::new();
        for piece in plain.chunks(piece) {
            sealer.push(piece, &mut out).unwrap();
        }
        sealer.finish(&mut out).unwrap();
        out
    }

    fn open(sealed: &[u8], secret: &[u8], piece: usize) -> Result<Vec<u8>> {
        let mut opener = Opener::new(secret);
        let mut out = Vec::new();
        for piece in sealed.chunks(piece) {
            opener.push(piece, &mut out)?;
        }
        opener.finish(&mut out)?;
        Ok(out)
    }

    #[test]
    fn what_was_sealed_opens_however_it_comes_in_pieces() {
        for length in [
            0,
            1,
            FRAME_BYTES - 1,
            FRAME_BYTES,
            FRAME_BYTES + 1,
            3 * FRAME_BYTES,
        ] {
            let plain: Vec<u8> = (0..length)
                .map(|n| u8::try_from(n % 251).unwrap())
                .collect();
            let sealed = seal(&plain, 1000);
            assert_eq!(open(&sealed, SECRET, 777).unwrap(), plain, "{length}");
            assert_eq!(
                open(&sealed, SECRET, sealed.len()).unwrap(),
                plain,
                "{length}"
            );
        }
    }

    #[test]
    fn a_stream_that_was_cut_changed_or_reordered_does_not_open() {
        let plain = vec![7; 3 * FRAME_BYTES];
        let sealed = seal(&plain, 4096);
        let frame = LENGTH_BYTES + FRAME_BYTES + TAG_BYTES;
        assert_eq!(sealed.len(), HEAD_BYTES + 3 * frame);
        for cut in [
            0,
            10,
            HEAD_BYTES,
            HEAD_BYTES + frame,
            HEAD_BYTES + 2 * frame,
            sealed.len() - 1,
        ] {
            assert!(open(&sealed[..cut], SECRET, 5000).is_err(), "cut at {cut}");
        }
        for place in [0, 9, HEAD_BYTES, HEAD_BYTES + 100, sealed.len() - 1] {
            let mut changed = sealed.clone();
            changed[place] ^= 1;
            assert!(open(&changed, SECRET, 5000).is_err(), "changed at {place}");
        }
        let mut swapped = sealed.clone();
        let (first, second) = swapped[HEAD_BYTES..].split_at_mut(frame);
        first.swap_with_slice(&mut second[..frame]);
        assert!(open(&swapped, SECRET, 5000).is_err());
        let mut longer = sealed;
        longer.push(0);
        assert!(open(&longer, SECRET, 5000).is_err());
    }

    #[test]
    fn another_key_opens_nothing() {
        let sealed = seal(b"orders", 10);
        let error = open(&sealed, b"another key, just as long as it is", 10).unwrap_err();
        assert!(
            error.to_string().contains("another ENCRYPTION_KEY"),
            "{error}"
        );
        assert!(!sealed.windows(6).any(|window| window == b"orders"));
        assert_ne!(sealed, seal(b"orders", 10), "each has a salt of its own");
    }
}
