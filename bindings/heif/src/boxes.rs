//! What the boxes of a file say before libheif sees them.

/// A format that libheif reads.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// HEIC, the photos of iPhones.
    Heic,
    /// AVIF.
    Avif,
}

impl Kind {
    /// The extensions of file names that the formats go by.
    pub const EXTENSIONS: [&str; 4] = ["heic", "heif", "hif", "avif"];

    /// Tells the format from the first bytes of a file; `None` for everything else, sequences of pictures included.
    #[must_use]
    pub fn of(input: &[u8]) -> Option<Self> {
        let (name, brands) = boxes(input).next()?;
        let major = brands.get(..4)?;
        let other = brands.get(8..).unwrap_or_default();
        match major {
            _ if name != b"ftyp" => None,
            b"avif" => Some(Self::Avif),
            b"heic" | b"heix" | b"heim" | b"heis" => Some(Self::Heic),
            b"mif1" | b"mif2" | b"miaf" if other.chunks_exact(4).any(|brand| brand == b"avif") => {
                Some(Self::Avif)
            }
            b"mif1" | b"mif2" | b"miaf" => Some(Self::Heic),
            _ => None,
        }
    }

    /// The format's name as people write it.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Heic => "HEIC",
            Self::Avif => "AVIF",
        }
    }
}

/// Whether the file carries signed content credentials (C2PA 2.1, A.5: a box `uuid` at the top).
pub(crate) fn has_credentials(input: &[u8]) -> bool {
    const C2PA: &[u8] = b"\xD8\xFE\xC3\xD6\x1B\x0E\x48\x3C\x92\x97\x58\x28\x87\x7E\xC4\x81";
    boxes(input).any(|(name, content)| name == b"uuid" && content.starts_with(C2PA))
}

/// Name and content of every box at the top, as far as they can be told.
fn boxes(mut input: &[u8]) -> impl Iterator<Item = (&[u8], &[u8])> {
    std::iter::from_fn(move || {
        let (short, rest) = input.split_first_chunk::<4>()?;
        let name = rest.get(..4)?;
        let (length, header) = match u32::from_be_bytes(*short) {
            0 => (input.len(), 8),
            1 => {
                let long = input.get(8..16)?.try_into().ok()?;
                (usize::try_from(u64::from_be_bytes(long)).ok()?, 16)
            }
            length => (usize::try_from(length).ok()?, 8),
        };
        let content = input.get(header..length.min(input.len()))?;
        input = input.get(length..).unwrap_or_default();
        Some((name, content))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn formats_are_told_by_their_brands() {
        for (file, kind) in [
            (&b"\0\0\0\x14ftypheic\0\0\0\0mif1"[..], Some(Kind::Heic)),
            (b"\0\0\0\x14ftypmif1\0\0\0\0avif", Some(Kind::Avif)),
            (b"\0\0\0\x14ftypmif1\0\0\0\0heic", Some(Kind::Heic)),
            (b"\0\0\0\x10ftypavif\0\0\0\0", Some(Kind::Avif)),
            (b"\0\0\0\x10ftypavis\0\0\0\0", None),
            (b"\0\0\0\x10ftypmp42\0\0\0\0", None),
            (b"\0\0\0\x0Aftyphe", None),
            (b"\xFF\xD8\xFF\xE0", None),
            (b"", None),
        ] {
            assert_eq!(Kind::of(file), kind, "{file:?}");
        }
    }

    #[test]
    fn credentials_are_found_behind_boxes_of_any_length_field() {
        let uuid = b"uuid\xD8\xFE\xC3\xD6\x1B\x0E\x48\x3C\x92\x97\x58\x28\x87\x7E\xC4\x81";
        let long = b"\0\0\0\x01free\0\0\0\0\0\0\0\x12..";
        let signed = [&b"\0\0\0\x0Cftypheic"[..], long, b"\0\0\0\x18", uuid].concat();
        assert!(has_credentials(&signed));
        assert!(!has_credentials(&signed[..signed.len() - 1]));
        for length in [[0, 0, 0, 2], [0xFF; 4]] {
            assert!(!has_credentials(&[&length[..], b"free........"].concat()));
        }
    }
}
