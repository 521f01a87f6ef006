//! The boxes of the container (ISO/IEC 18181-2, 9). A bare codestream has none.

use crate::error::{Error, ErrorKind, Result};

/// The first box, which names the format.
pub(in crate::codec) const SIGNATURE: &[u8] = b"\0\0\0\x0CJXL \r\n\x87\n";

/// The second box: brand and version.
pub(in crate::codec) const FILE_TYPE: &[u8] = b"\0\0\0\x14ftypjxl \0\0\0\0jxl ";

/// Most boxes in a file; a real one has about ten.
const MOST: usize = 10_000;

/// One box.
pub(in crate::codec) struct Part<'a> {
    pub(in crate::codec) kind: [u8; 4],
    pub(in crate::codec) contents: &'a [u8],
    /// Where its contents start in the file.
    start: usize,
}

impl Part<'_> {
    /// Whether it is neither the photo nor the frame of the container.
    pub(in crate::codec) fn is_metadata(&self) -> bool {
        !matches!(&self.kind, b"JXL " | b"ftyp" | b"jxll" | b"jxlc" | b"jxlp")
    }

    /// Whether it is the photo, or a part of it.
    pub(in crate::codec) fn is_codestream(&self) -> bool {
        matches!(&self.kind, b"jxlc" | b"jxlp")
    }
}

/// The boxes of a file in order; none where it is a bare codestream.
pub(in crate::codec) fn parse(file: &[u8]) -> Result<Vec<Part<'_>>> {
    if !file.starts_with(SIGNATURE) {
        return Ok(Vec::new());
    }
    let damaged = || {
        Error::new(
            ErrorKind::Decode,
            "the boxes of the JPEG XL are damaged or cut short",
        )
    };
    let mut boxes = Vec::new();
    let mut at = 0;
    while at < file.len() {
        if boxes.len() == MOST {
            return Err(damaged());
        }
        let (part, end) = parse_one(file, at).ok_or_else(damaged)?;
        boxes.push(part);
        at = end;
    }
    if boxes.iter().any(Part::is_codestream) {
        Ok(boxes)
    } else {
        Err(damaged())
    }
}

/// The box at `at` and where it ends.
fn parse_one(file: &[u8], at: usize) -> Option<(Part<'_>, usize)> {
    let word = |at: usize| Some(u32::from_be_bytes(file.get(at..at + 4)?.try_into().ok()?));
    let kind = file.get(at + 4..at + 8)?.try_into().ok()?;
    let (start, end) = match word(at)? {
        0 => (at + 8, file.len()),
        1 => {
            let size = u64::from_be_bytes(file.get(at + 8..at + 16)?.try_into().ok()?);
            (at + 16, at.checked_add(usize::try_from(size).ok()?)?)
        }
        size => (at + 8, at.checked_add(size as usize)?),
    };
    let contents = file.get(start..end)?;
    let part = Part {
        kind,
        contents,
        start,
    };
    Some((part, end))
}

/// Where the first byte of the codestream lies in the file.
pub(in crate::codec) fn codestream_start(boxes: &[Part<'_>]) -> usize {
    let first = boxes.iter().find(|part| part.is_codestream());
    first.map_or(0, |part| part.start)
}

/// Appends a box.
pub(in crate::codec) fn write(file: &mut Vec<u8>, kind: [u8; 4], contents: &[u8]) {
    match u32::try_from(contents.len() + 8) {
        Ok(size) => {
            file.extend(size.to_be_bytes());
            file.extend(kind);
        }
        Err(_) => {
            file.extend(1u32.to_be_bytes());
            file.extend(kind);
            file.extend((contents.len() as u64 + 16).to_be_bytes());
        }
    }
    file.extend(contents);
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn what_is_written_is_read() {
        let mut file = [SIGNATURE, FILE_TYPE].concat();
        write(&mut file, *b"Exif", b"abc");
        write(&mut file, *b"jxlc", b"\xFF\x0Aphoto");
        let boxes = parse(&file).unwrap();
        let kinds: Vec<_> = boxes.iter().map(|part| part.kind).collect();
        assert_eq!(kinds, [*b"JXL ", *b"ftyp", *b"Exif", *b"jxlc"]);
        assert_eq!(boxes[2].contents, b"abc");
        assert!(file[codestream_start(&boxes)..].starts_with(b"\xFF\x0A"));
        for length in SIGNATURE.len()..file.len() {
            assert!(parse(&file[..length]).is_err(), "{length}");
        }
    }

    #[test]
    fn sizes_that_end_nowhere_are_refused() {
        for size in [
            &b"\0\0\0\x07jxlc"[..],
            b"\xFF\xFF\xFF\xFFjxlc",
            b"\0\0\0\x01jxlc\xFF\xFF\xFF\xFF\xFF\xFF\xFF\xFF",
        ] {
            let file = [SIGNATURE, size, &[0; 16]].concat();
            assert!(parse(&file).is_err());
        }
        let to_the_end = [SIGNATURE, b"\0\0\0\0jxlc", &[0; 16]].concat();
        assert!(parse(&to_the_end).is_ok());
    }
}
