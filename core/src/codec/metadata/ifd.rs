//! TIFF directories, as EXIF blocks are made of them (TIFF 6.0, section 2).

/// TIFF tags that say where a preview's bytes are, with the tag of their length.
const JPEG_PREVIEW: (u16, u16) = (0x0201, 0x0202);
const STRIP_PREVIEW: (u16, u16) = (0x0111, 0x0117);

#[derive(Clone, Copy)]
pub(in crate::codec) enum ByteOrder {
    Little,
    Big,
}

impl ByteOrder {
    pub(in crate::codec) fn of(tiff: &[u8]) -> Option<Self> {
        match tiff.get(..4)? {
            b"II*\0" => Some(Self::Little),
            b"MM\0*" => Some(Self::Big),
            _ => None,
        }
    }

    pub(in crate::codec) fn u16(self, bytes: &[u8], at: usize) -> Option<u16> {
        let raw = bytes.get(at..at.checked_add(2)?)?.try_into().ok()?;
        Some(match self {
            Self::Little => u16::from_le_bytes(raw),
            Self::Big => u16::from_be_bytes(raw),
        })
    }

    pub(in crate::codec) fn u32(self, bytes: &[u8], at: usize) -> Option<u32> {
        let raw = bytes.get(at..at.checked_add(4)?)?.try_into().ok()?;
        Some(match self {
            Self::Little => u32::from_le_bytes(raw),
            Self::Big => u32::from_be_bytes(raw),
        })
    }

    /// A number as it is written.
    pub(in crate::codec) fn bytes(self, number: u32) -> [u8; 4] {
        match self {
            Self::Little => number.to_le_bytes(),
            Self::Big => number.to_be_bytes(),
        }
    }
}

/// One image file directory: a count, 12-byte entries and the offset of the next.
pub(in crate::codec) struct Directory {
    pub(in crate::codec) start: usize,
    pub(in crate::codec) end: usize,
    pub(in crate::codec) entries: usize,
    pub(in crate::codec) next: usize,
}

impl Directory {
    pub(in crate::codec) fn read(tiff: &[u8], order: ByteOrder, start: usize) -> Option<Self> {
        let entries = usize::from(order.u16(tiff, start)?);
        let end = start.checked_add(2 + entries * 12 + 4)?;
        tiff.get(start..end - 4)?;
        // The last directory of a block may lack its pointer.
        let next = order.u32(tiff, end - 4).unwrap_or(0) as usize;
        Some(Self {
            start,
            end,
            entries,
            next,
        })
    }

    /// Whether no directory follows in the chain. A pointer out of the block points to none.
    pub(in crate::codec) fn is_last(&self, tiff: &[u8], order: ByteOrder) -> bool {
        self.next == 0 || Self::read(tiff, order, self.next).is_none_or(|next| next.overlaps(self))
    }

    /// Where its entries lie.
    pub(in crate::codec) fn range(&self) -> std::ops::Range<usize> {
        self.start..self.end
    }

    /// Whether it has entries, at most so many, and all of types that there are (TIFF 6.0, section 2).
    pub(in crate::codec) fn is_plausible(
        &self,
        tiff: &[u8],
        order: ByteOrder,
        most: usize,
    ) -> bool {
        let types = (0..self.entries).map(|i| order.u16(tiff, self.start + 4 + 12 * i));
        (1..=most).contains(&self.entries)
            && types.into_iter().all(|kind| matches!(kind, Some(1..=13)))
    }

    /// Where the value of a tag of bytes (BYTE, ASCII, UNDEFINED) longer than four lies, and its length.
    pub(in crate::codec) fn bytes(
        &self,
        tiff: &[u8],
        order: ByteOrder,
        tag: u16,
    ) -> Option<(usize, usize)> {
        let entry = self.entry(tiff, order, tag)?;
        let length = order.u32(tiff, entry + 4)? as usize;
        let is_bytes = matches!(order.u16(tiff, entry + 2)?, 1 | 2 | 7);
        (is_bytes && length > 4).then_some((order.u32(tiff, entry + 8)? as usize, length))
    }

    /// Where the first entry with the tag lies.
    pub(in crate::codec) fn entry(&self, tiff: &[u8], order: ByteOrder, tag: u16) -> Option<usize> {
        (0..self.entries)
            .map(|i| self.start + 2 + 12 * i)
            .find(|&at| order.u16(tiff, at) == Some(tag))
    }

    /// Blanks the tag of every pointer of a kind but the first that is well-formed and whose target is good, and gives
    /// that target.
    pub(in crate::codec) fn keep_pointer(
        &self,
        tiff: &mut [u8],
        order: ByteOrder,
        tag: u16,
        good: impl Fn(&[u8], usize) -> bool,
    ) -> Option<usize> {
        let mut kept = None;
        for at in (0..self.entries).map(|i| self.start + 2 + 12 * i) {
            if order.u16(tiff, at) != Some(tag) {
                continue;
            }
            let is_pointer =
                order.u16(tiff, at + 2) == Some(4) && order.u32(tiff, at + 4) == Some(1);
            let target = order.u32(tiff, at + 8).map(|target| target as usize);
            match target.filter(|&target| kept.is_none() && is_pointer && good(tiff, target)) {
                Some(target) => kept = Some(target),
                None => tiff[at..at + 2].fill(0),
            }
        }
        kept
    }

    /// How many entries have the tag.
    #[cfg(test)]
    pub(in crate::codec) fn count(&self, tiff: &[u8], order: ByteOrder, tag: u16) -> usize {
        (0..self.entries)
            .filter(|i| order.u16(tiff, self.start + 2 + 12 * i) == Some(tag))
            .count()
    }

    /// Whether two directories share bytes.
    pub(in crate::codec) fn overlaps(&self, other: &Self) -> bool {
        self.start < other.end && other.start < self.end
    }

    /// Where the bytes of this directory's previews lie.
    pub(in crate::codec) fn previews(
        &self,
        tiff: &[u8],
        order: ByteOrder,
    ) -> Vec<std::ops::Range<usize>> {
        let mut regions = Vec::new();
        for (offsets, lengths) in [JPEG_PREVIEW, STRIP_PREVIEW] {
            let offsets = self.values(tiff, order, offsets);
            let lengths = self.values(tiff, order, lengths);
            let pairs = offsets.into_iter().zip(lengths);
            regions.extend(pairs.map(|(at, len)| at..at.saturating_add(len)));
        }
        regions
    }

    /// The SHORT or LONG values of a tag; empty where it is absent or malformed.
    pub(in crate::codec) fn values(&self, tiff: &[u8], order: ByteOrder, tag: u16) -> Vec<usize> {
        self.entry(tiff, order, tag)
            .and_then(|at| Self::entry_values(tiff, order, at))
            .unwrap_or_default()
    }

    fn entry_values(tiff: &[u8], order: ByteOrder, at: usize) -> Option<Vec<usize>> {
        let size = match order.u16(tiff, at + 2)? {
            3 => 2,
            4 => 4,
            _ => return None,
        };
        let count = order.u32(tiff, at + 4)? as usize;
        let first = if count.checked_mul(size)? <= 4 {
            at + 8
        } else {
            order.u32(tiff, at + 8)? as usize
        };
        if first.checked_add(count * size)? > tiff.len() {
            return None;
        }
        let value = |i: usize| match size {
            2 => order.u16(tiff, first + 2 * i).map(usize::from),
            _ => order.u32(tiff, first + 4 * i).map(|v| v as usize),
        };
        (0..count).map(value).collect()
    }
}
