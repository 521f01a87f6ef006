//! Photoshop image resources (JPEG APP13): IPTC stays, thumbnails of the unprotected photo go.
//!
//! Layout: Adobe Photoshop File Formats Specification, "Image Resource Blocks": `8BIM`, a 16-bit identifier, a
//! Pascal string padded to an even length, a 32-bit length, data padded to an even length.

/// What APP13 segments of this kind begin with.
pub(in crate::codec) const PREFIX: &[u8] = b"Photoshop 3.0\0";

/// Resource identifiers of thumbnails: Photoshop 4 (BGR) and 5 (RGB).
const THUMBNAILS: [u16; 2] = [0x0409, 0x040C];

/// The segment without thumbnail resources, or `None` where there is none to remove. What cannot be read as a
/// resource block ends the list and is kept as it is.
pub(in crate::codec) fn without_thumbnails(segment: &[u8]) -> Option<Vec<u8>> {
    let mut kept = PREFIX.to_vec();
    let mut rest = segment.strip_prefix(PREFIX)?;
    let mut removed = false;
    while let Some((identifier, length)) = block(rest) {
        let (block, tail) = rest.split_at(length);
        if THUMBNAILS.contains(&identifier) {
            removed = true;
        } else {
            kept.extend_from_slice(block);
        }
        rest = tail;
    }
    kept.extend_from_slice(rest);
    removed.then_some(kept)
}

/// The identifier and whole length of the resource block at the head of `bytes`.
fn block(bytes: &[u8]) -> Option<(u16, usize)> {
    let header = bytes.strip_prefix(b"8BIM")?;
    let identifier = u16::from_be_bytes(header.get(..2)?.try_into().ok()?);
    let name = 1 + usize::from(*header.get(2)?);
    let size_at = 2 + name + name % 2;
    let size = u32::from_be_bytes(header.get(size_at..size_at + 4)?.try_into().ok()?) as usize;
    let end = size_at.checked_add(4)?.checked_add(size)?;
    header.get(..end)?;
    // The last block of a file may lack its padding byte.
    Some((identifier, (4 + end + size % 2).min(bytes.len())))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn resource(identifier: u16, data: &[u8]) -> Vec<u8> {
        let mut block = b"8BIM".to_vec();
        block.extend(identifier.to_be_bytes());
        block.extend([0, 0]);
        block.extend((data.len() as u32).to_be_bytes());
        block.extend(data);
        block.resize(block.len() + data.len() % 2, 0);
        block
    }

    #[test]
    fn only_thumbnails_go() {
        let iptc = resource(0x0404, b"caption");
        let other = resource(0x03ED, b"resolution");
        let segment = [
            PREFIX,
            &iptc,
            &resource(0x040C, b"\xFF\xD8\xFF thumb"),
            &other,
        ]
        .concat();
        assert_eq!(
            without_thumbnails(&segment),
            Some([PREFIX, &iptc, &other].concat())
        );
        assert_eq!(without_thumbnails(&[PREFIX, &iptc].concat()), None);
        assert_eq!(without_thumbnails(b"something else"), None);
    }

    #[test]
    fn malformed_blocks_are_kept() {
        let mut segment = [PREFIX, &resource(0x0409, b"thumb")].concat();
        segment.truncate(segment.len() - 4);
        assert_eq!(without_thumbnails(&segment), None);
        for length in 0..segment.len() {
            without_thumbnails(&segment[..length]);
        }
    }
}
