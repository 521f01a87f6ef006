//! Photoshop image resources (JPEG APP13): IPTC stays, thumbnails of the unprotected photo go.
//!
//! Layout: Adobe Photoshop File Formats Specification, "Image Resource Blocks": a signature, a 16-bit identifier, a
//! Pascal string padded to an even length, a 32-bit length, data padded to an even length.

use super::iptc::{self, Cut};
use super::verdict::Verdict;
use super::{embedded, exif};

/// What APP13 segments of this kind begin with.
pub(in crate::codec) const PREFIX: &[u8] = b"Photoshop 3.0\0";

/// Signatures of blocks: Photoshop's, and those of other programs.
const SIGNATURES: [&[u8; 4]; 5] = [b"8BIM", b"AgHg", b"DCSR", b"PHUT", b"MeSa"];

/// Resource identifiers of thumbnails: Photoshop 4 (BGR) and 5 (RGB).
const THUMBNAILS: [u16; 2] = [0x0409, 0x040C];
const IPTC: u16 = 0x0404;
const EXIF: [u16; 2] = [0x0422, 0x0423];

/// Judges resource blocks, given without [`PREFIX`]. What cannot be read as a block may be the rest of a thumbnail of the
/// segment before, and goes.
pub(in crate::codec) fn judge(blocks: &[u8]) -> Verdict {
    let mut kept = Vec::new();
    let mut rest = blocks;
    let mut changed = false;
    while let Some(block) = Block::read(rest) {
        match block.judge() {
            Verdict::Keep => kept.extend_from_slice(&rest[..block.length]),
            Verdict::Rewrite(data, _) => {
                changed = true;
                block.write(&data, &mut kept);
            }
            Verdict::Remove(_) => changed = true,
        }
        rest = &rest[block.length..];
    }
    if rest.iter().any(|&byte| byte != 0) {
        changed = true;
    } else {
        kept.extend_from_slice(rest);
    }
    match (changed, kept.is_empty()) {
        (false, _) => Verdict::Keep,
        (true, true) => Verdict::Remove("held nothing but pictures and what could not be read"),
        (true, false) => Verdict::Rewrite(kept, "thumbnails removed"),
    }
}

/// One resource block at the head of some bytes.
struct Block<'a> {
    identifier: u16,
    /// Signature, identifier and name.
    head: &'a [u8],
    data: &'a [u8],
    /// With everything and the padding.
    length: usize,
}

impl<'a> Block<'a> {
    fn read(bytes: &'a [u8]) -> Option<Self> {
        let signature = bytes.first_chunk::<4>()?;
        if !SIGNATURES.contains(&signature) {
            return None;
        }
        let identifier = u16::from_be_bytes(*bytes.get(4..)?.first_chunk()?);
        let name = 1 + usize::from(*bytes.get(6)?);
        let size_at = 6 + name + name % 2;
        let size = u32::from_be_bytes(*bytes.get(size_at..)?.first_chunk()?) as usize;
        let end = (size_at + 4).checked_add(size)?;
        Some(Self {
            identifier,
            head: &bytes[..size_at],
            data: bytes.get(size_at + 4..end)?,
            // The last block of a file may lack its padding byte.
            length: (end + size % 2).min(bytes.len()),
        })
    }

    fn judge(&self) -> Verdict {
        if THUMBNAILS.contains(&self.identifier) {
            return Verdict::Remove("a thumbnail");
        }
        if self.identifier == IPTC {
            return match iptc::without_pictures(self.data) {
                Cut::Nothing => Verdict::Keep,
                Cut::Pictures(rest) => Verdict::Rewrite(rest, "previews removed"),
                Cut::Unreadable if embedded::has_picture(self.data) => {
                    Verdict::Remove("held a picture")
                }
                Cut::Unreadable => Verdict::Keep,
            };
        }
        let mut data = self.data.to_vec();
        let previews = EXIF.contains(&self.identifier) && exif::strip_previews(&mut data);
        if embedded::blank_pictures(&mut data) || previews {
            return Verdict::Rewrite(data, "pictures blanked");
        }
        Verdict::Keep
    }

    fn write(&self, data: &[u8], out: &mut Vec<u8>) {
        out.extend_from_slice(self.head);
        out.extend((data.len() as u32).to_be_bytes());
        out.extend_from_slice(data);
        if data.len() % 2 == 1 {
            out.push(0);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn resource(signature: &[u8; 4], identifier: u16, data: &[u8]) -> Vec<u8> {
        let mut block = signature.to_vec();
        block.extend(identifier.to_be_bytes());
        block.extend([0, 0]);
        block.extend((data.len() as u32).to_be_bytes());
        block.extend(data);
        block.resize(block.len() + data.len() % 2, 0);
        block
    }

    const SETS: &[u8] = b"\x1C\x02\x69\0\x03Cat";

    #[test]
    fn pictures_go_and_texts_stay() {
        let iptc = resource(b"8BIM", 0x0404, SETS);
        let preview = [SETS, b"\x1C\x02\xCA\0\x04JPEG"].concat();
        let other = resource(b"8BIM", 0x03ED, b"resolution");
        for picture in [
            resource(b"8BIM", 0x040C, b"thumb"),
            resource(b"AgHg", 0x0409, b"thumb"),
        ] {
            let blocks = [&iptc[..], &picture, &other].concat();
            let rest = [&iptc[..], &other].concat();
            assert_eq!(judge(&blocks), Verdict::Rewrite(rest, "thumbnails removed"));
        }
        let blocks = resource(b"8BIM", 0x0404, &preview);
        assert_eq!(
            judge(&blocks),
            Verdict::Rewrite(iptc.clone(), "thumbnails removed")
        );
        assert_eq!(judge(&iptc), Verdict::Keep);
        assert_eq!(judge(b""), Verdict::Keep);
    }

    #[test]
    fn what_goes_on_in_the_next_segment_goes() {
        let iptc = resource(b"8BIM", 0x0404, SETS);
        let mut blocks = [&iptc[..], &resource(b"8BIM", 0x0409, b"thumbnail")].concat();
        blocks.truncate(blocks.len() - 4);
        assert_eq!(judge(&blocks), Verdict::Rewrite(iptc, "thumbnails removed"));
        assert!(matches!(
            judge(b"the rest of a thumbnail"),
            Verdict::Remove(_)
        ));
        for length in 0..blocks.len() {
            judge(&blocks[..length]);
        }
    }
}
