//! What becomes of each box.

use std::io::Read;

use img_parts::Bytes;

use super::boxes::Part;
use crate::codec::metadata::exif;
use crate::codec::metadata::policy::{MARK, MARK_ADDED, Packets, Rules};
use crate::codec::metadata::verdict::Verdict;
use crate::codec::photo::{Fate, Place, Segment};
use crate::error::{Error, ErrorKind, Result};

/// A compressed box (Brotli).
const COMPRESSED: [u8; 4] = *b"brob";

/// What was made of all boxes.
pub(super) struct Judged {
    pub(super) segments: Vec<Segment>,
    pub(super) notes: Vec<String>,
    pub(super) refusals: Vec<Error>,
}

/// Judges every box that is neither the photo nor the frame of the container.
pub(super) fn judge(boxes: &[Part<'_>], rules: &Rules) -> Result<Judged> {
    let mut judge = Judge {
        rules,
        packets: Packets::new(rules, None),
        room: rules.max_metadata_bytes,
        refusals: Vec::new(),
    };
    let metadata = boxes.iter().filter(|part| part.is_metadata());
    let mut segments = metadata
        .map(|part| judge.part(part))
        .collect::<Result<Vec<_>>>()?;
    let mut notes = Vec::new();
    segments.extend(judge.packets.finish(&mut notes).map(mark));
    Ok(Judged {
        segments,
        notes,
        refusals: judge.refusals,
    })
}

/// The profile in the header.
pub(super) fn profile(profile: &[u8], gone: bool) -> Segment {
    let fate = if gone {
        Fate::Remove("a gray profile does not fit a colour photo")
    } else {
        Fate::Keep(Bytes::copy_from_slice(profile))
    };
    Segment {
        name: "ICC profile".to_owned(),
        place: Place::Elsewhere,
        bytes: profile.len(),
        fate,
    }
}

/// The small picture before the photo.
pub(super) fn preview(pixels: usize) -> Segment {
    Segment {
        name: "preview".to_owned(),
        place: Place::Elsewhere,
        bytes: pixels,
        fate: Fate::Remove("shows the unprotected photo"),
    }
}

/// A new packet with the mark.
fn mark(packet: Vec<u8>) -> Segment {
    Segment {
        name: MARK.to_owned(),
        place: Place::Chunk(*b"xml "),
        bytes: 0,
        fate: Fate::Add(packet.into(), MARK_ADDED),
    }
}

struct Judge<'a> {
    rules: &'a Rules,
    packets: Packets<'a>,
    /// Bytes that compressed boxes may still grow to.
    room: u64,
    refusals: Vec<Error>,
}

impl Judge<'_> {
    fn part(&mut self, part: &Part<'_>) -> Result<Segment> {
        let compressed = part.kind == COMPRESSED;
        let (kind, contents) = if compressed {
            self.decompressed(part.contents)?
        } else {
            (part.kind, part.contents.to_vec())
        };
        let (name, verdict) = match &kind {
            b"Exif" => ("EXIF".to_owned(), self.exif(&contents)),
            b"xml " => {
                self.rules.check_mark(&contents, &mut self.refusals);
                ("XMP".to_owned(), self.packets.judge(&contents, usize::MAX))
            }
            b"jumb" => {
                let (name, fate) = self.rules.credentials(&mut self.refusals);
                return Ok(segment(name, part, part.kind, fate));
            }
            b"jbrd" => (
                "JPEG reconstruction".to_owned(),
                Verdict::Remove("it turns the unprotected photo back into the JPEG it was made of"),
            ),
            b"jhgm" => (
                "gain map".to_owned(),
                Verdict::Remove("a gain map may show how the unprotected photo looked"),
            ),
            b"jxli" => (
                "frame index".to_owned(),
                Verdict::Remove("describes the file as it was"),
            ),
            kind => (
                kind.iter()
                    .map(|&letter| char::from(letter))
                    .filter(|c| !c.is_control())
                    .collect(),
                Verdict::Remove("an unknown box, which may describe the pixels as they were"),
            ),
        };
        // What stays as it is stays compressed.
        let id = if verdict == Verdict::Keep {
            part.kind
        } else {
            kind
        };
        let fate = verdict.fate(&Bytes::copy_from_slice(part.contents), |block| block);
        Ok(segment(name, part, id, fate))
    }

    /// Four bytes say where the TIFF header starts after them (ISO/IEC 18181-2, 9.4).
    fn exif(&self, contents: &[u8]) -> Verdict {
        let offset = contents.get(..4).and_then(|bytes| bytes.try_into().ok());
        let offset = offset.map_or(0, u32::from_be_bytes) as usize;
        let Some(tiff) = contents.get(4..).and_then(|rest| rest.get(offset..)) else {
            return Verdict::Remove("it is damaged");
        };
        match self.rules.exif(exif::body(tiff)) {
            Verdict::Rewrite(block, what) => Verdict::Rewrite([&[0; 4], &block[..]].concat(), what),
            verdict => verdict,
        }
    }

    /// The kind and contents of a compressed box.
    fn decompressed(&mut self, contents: &[u8]) -> Result<([u8; 4], Vec<u8>)> {
        let damaged = || {
            Error::new(
                ErrorKind::Decode,
                "a compressed box of the JPEG XL is damaged",
            )
        };
        let (kind, packed) = contents.split_first_chunk::<4>().ok_or_else(damaged)?;
        // JPEG reconstruction goes unread.
        if !matches!(kind, b"Exif" | b"xml ") {
            return Ok((*kind, Vec::new()));
        }
        let mut block = Vec::new();
        brotli_decompressor::Decompressor::new(packed, 4096)
            .take(self.room.saturating_add(1))
            .read_to_end(&mut block)
            .map_err(|e| damaged().with_source(e))?;
        self.room = self.room.checked_sub(block.len() as u64).ok_or_else(|| {
            Error::new(
                ErrorKind::LimitExceeded,
                "the compressed metadata is larger than the limit (Limits::max_metadata_bytes)",
            )
        })?;
        Ok((*kind, block))
    }
}

fn segment(name: String, part: &Part<'_>, id: [u8; 4], fate: Fate) -> Segment {
    Segment {
        name,
        place: Place::Chunk(id),
        bytes: part.contents.len(),
        fate,
    }
}
