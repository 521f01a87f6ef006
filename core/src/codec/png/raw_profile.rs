//! Blocks in hexadecimal digits in a text chunk, as ImageMagick, exiv2, digiKam, darktable and GIMP write them: keyword
//! `Raw profile type NAME`; the text is a line feed, a name, the number of bytes, and the digits in lines.

/// What the keyword begins with.
const KEYWORD: &str = "Raw profile type ";

/// Digits in a line, as ImageMagick writes them.
const LINE: usize = 72;

/// What lies in front of EXIF and of XMP in an APP1 segment.
const EXIF: &[u8] = b"Exif\0\0";
const XMP: &[u8] = b"http://ns.adobe.com/xap/1.0/\0";

/// What a block is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    Exif,
    Xmp,
    /// Photoshop's resource blocks, or IPTC data sets alone.
    Photoshop,
    Icc,
}

/// A block.
pub(super) struct RawProfile {
    pub(super) kind: Kind,
    /// The block without its prefix.
    pub(super) block: Vec<u8>,
    /// The name in the text, and the prefix.
    name: String,
    prefix: &'static [u8],
}

/// Whether a keyword promises a block.
pub(super) fn is_named(keyword: &str) -> bool {
    keyword.starts_with(KEYWORD)
}

impl RawProfile {
    /// Reads a text; `None` for a block of another kind or one that is damaged.
    pub(super) fn read(keyword: &str, text: &[u8]) -> Option<Self> {
        let named = keyword.strip_prefix(KEYWORD)?.to_ascii_lowercase();
        let text = std::str::from_utf8(text).ok()?;
        let mut words = text.split_ascii_whitespace();
        let name = words.next()?.to_owned();
        let length: usize = words.next()?.parse().ok()?;
        let digits: Vec<u8> = words.flat_map(str::bytes).collect();
        let block = bytes(&digits)?;
        // Readers go by the number; padding may follow.
        let block = block.get(..length)?.to_vec();
        let (kind, prefix) = match &*named {
            "exif" | "app1" if block.starts_with(XMP) => (Kind::Xmp, XMP),
            "exif" | "app1" if block.starts_with(EXIF) => (Kind::Exif, EXIF),
            "exif" | "app1" => (Kind::Exif, &b""[..]),
            "xmp" if block.starts_with(XMP) => (Kind::Xmp, XMP),
            "xmp" => (Kind::Xmp, &b""[..]),
            "iptc" | "8bim" => (Kind::Photoshop, &b""[..]),
            "icc" | "icm" => (Kind::Icc, &b""[..]),
            _ => return None,
        };
        Some(Self {
            kind,
            block: block[prefix.len()..].to_vec(),
            name,
            prefix,
        })
    }

    /// The text with another block.
    pub(super) fn with(&self, block: &[u8]) -> Vec<u8> {
        let whole = [self.prefix, block].concat();
        let mut text = format!("\n{}\n{:8}", self.name, whole.len());
        for (i, byte) in whole.iter().enumerate() {
            if i % (LINE / 2) == 0 {
                text.push('\n');
            }
            text.push_str(&format!("{byte:02x}"));
        }
        text.push('\n');
        text.into_bytes()
    }
}

/// What digits stand for.
fn bytes(digits: &[u8]) -> Option<Vec<u8>> {
    let (pairs, _) = digits.as_chunks::<2>();
    let value = |digit: u8| char::from(digit).to_digit(16);
    pairs
        .iter()
        .map(|&[high, low]| u8::try_from(value(high)? << 4 | value(low)?).ok())
        .collect()
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn blocks_are_read_and_written() {
        let block: Vec<u8> = (0..100).collect();
        for (keyword, prefix, kind) in [
            ("exif", EXIF, Kind::Exif),
            ("APP1", XMP, Kind::Xmp),
            ("xmp", b"", Kind::Xmp),
            ("8bim", b"", Kind::Photoshop),
            ("IPTC", b"", Kind::Photoshop),
            ("icc", b"", Kind::Icc),
        ] {
            let profile = RawProfile {
                kind,
                block: block.clone(),
                name: "generic".into(),
                prefix,
            };
            let text = profile.with(&block);
            let read = RawProfile::read(&format!("{KEYWORD}{keyword}"), &text).unwrap();
            assert_eq!(
                (read.kind, read.block, read.name),
                (kind, block.clone(), "generic".into())
            );
        }
    }

    #[test]
    fn what_is_damaged_is_no_block() {
        let keyword = "Raw profile type exif";
        for text in [
            &b""[..],
            b"\nexif\n",
            b"\nexif\n 4\n4949",
            b"\nexif\n 2\n49xx",
            b"\nexif\n -1\n49",
            b"\xFF",
        ] {
            assert!(RawProfile::read(keyword, text).is_none());
        }
        assert!(RawProfile::read("Raw profile type other", b"\nx\n1\n00").is_none());
        assert!(RawProfile::read("Comment", b"\nx\n1\n00").is_none());
    }
}
