//! Text chunks: keyword, and the text itself, packed or not (PNG, third edition, 11.3.3).

use std::io::{Read, Write};

use flate2::Compression;
use flate2::read::ZlibDecoder;
use flate2::write::ZlibEncoder;

/// A text chunk, unpacked.
pub(super) struct Text {
    pub(super) keyword: String,
    pub(super) text: Vec<u8>,
    /// What stands before the text in the chunk: keyword, flags, language.
    head: Vec<u8>,
    packed: bool,
}

impl Text {
    /// Reads a `tEXt`, `zTXt` or `iTXt` chunk whose text has at most `most` bytes; `None` for a damaged one.
    pub(super) fn read(kind: [u8; 4], contents: &[u8], most: u64) -> Option<Self> {
        let end = contents.iter().position(|&byte| byte == 0)?;
        let keyword = contents[..end].iter().map(|&byte| char::from(byte));
        let rest = &contents[end + 1..];
        let (skip, packed) = match &kind {
            b"tEXt" => (0, false),
            b"zTXt" => (1, true),
            _ => {
                // Flag, method, then language and translated keyword, each up to a zero.
                let [flag, _, texts @ ..] = rest else {
                    return None;
                };
                let mut zeros = texts.iter().enumerate().filter(|(_, byte)| **byte == 0);
                (2 + zeros.nth(1)?.0 + 1, *flag == 1)
            }
        };
        let (head, stored) = contents.split_at_checked(end + 1 + skip)?;
        let text = if packed {
            let mut text = Vec::new();
            let unpacked = ZlibDecoder::new(stored).take(most.saturating_add(1));
            { unpacked }.read_to_end(&mut text).ok()?;
            (text.len() as u64 <= most).then_some(text)?
        } else {
            stored.to_vec()
        };
        Some(Self {
            keyword: keyword.collect(),
            text,
            head: head.to_vec(),
            packed,
        })
    }

    /// The chunk's contents with another text.
    pub(super) fn with(&self, text: &[u8]) -> Vec<u8> {
        let mut contents = self.head.clone();
        if self.packed {
            let mut packer = ZlibEncoder::new(Vec::new(), Compression::default());
            // Writing to memory does not fail.
            let packed = packer.write_all(text).and_then(|()| packer.finish());
            contents.extend(packed.unwrap_or_default());
        } else {
            contents.extend(text);
        }
        contents
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn every_kind_is_read_and_written() {
        let packed = |text: &[u8]| {
            let mut packer = ZlibEncoder::new(Vec::new(), Compression::fast());
            packer.write_all(text).unwrap();
            packer.finish().unwrap()
        };
        for (kind, contents) in [
            (*b"tEXt", b"Key\0words".to_vec()),
            (*b"zTXt", [b"Key\0\0", &packed(b"words")[..]].concat()),
            (*b"iTXt", b"Key\0\0\0en\0Schl\0words".to_vec()),
            (
                *b"iTXt",
                [b"Key\0\x01\0\0\0", &packed(b"words")[..]].concat(),
            ),
        ] {
            let text = Text::read(kind, &contents, 5).unwrap();
            assert_eq!((&*text.keyword, &text.text[..]), ("Key", &b"words"[..]));
            let other = Text::read(kind, &text.with(b"other"), 5).unwrap();
            assert_eq!(other.text, b"other");
            // Only what is packed can be longer than the file.
            let limited = Text::read(kind, &contents, 4);
            assert_eq!(limited.is_none(), text.packed);
            for cut in 0..4 {
                assert!(Text::read(kind, &contents[..cut], 5).is_none());
            }
        }
    }
}
