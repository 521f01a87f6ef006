//! The caller's memory, before and after it is known to be long enough.

use crate::error::{ConfounderError, Result};

/// Memory that a caller named: where it begins and how many bytes of it may be used.
#[derive(Debug, Clone, Copy)]
pub(super) struct Memory {
    pub(super) address: *mut u8,
    pub(super) length: usize,
}

/// Rows of samples or pixels in memory. Strides and sizes are in bytes.
#[derive(Debug, Clone, Copy)]
pub(super) struct Rows {
    pub(super) memory: Memory,
    pub(super) row_stride: usize,
    pub(super) pixel_stride: usize,
}

impl Rows {
    /// The bytes from the first sample to the last of `columns` x `rows` samples of `size` bytes. The memory is that long.
    ///
    /// # Errors
    /// `InvalidPixels` where it is not, where there is none, or where the numbers do not fit the address space.
    pub(super) fn span(
        &self,
        name: &str,
        columns: usize,
        rows: usize,
        size: usize,
    ) -> Result<usize> {
        let needed = || {
            let row = columns
                .checked_sub(1)?
                .checked_mul(self.pixel_stride)?
                .checked_add(size)?;
            let span = rows
                .checked_sub(1)?
                .checked_mul(self.row_stride)?
                .checked_add(row)?;
            (isize::try_from(span).is_ok() && span != 0).then_some(span)
        };
        let Some(needed) = needed() else {
            return invalid(format!(
                "{name}: {columns} x {rows} with strides of {} and {} bytes do not fit the address space",
                self.row_stride, self.pixel_stride
            ));
        };
        if self.memory.address.is_null() {
            return invalid(format!("{name}: there is no memory (a null address)"));
        }
        if self.memory.length < needed {
            return invalid(format!(
                "{name}: the memory holds {} bytes, but {columns} x {rows} with strides of {} and {} bytes take {needed}",
                self.memory.length, self.row_stride, self.pixel_stride
            ));
        }
        Ok(needed)
    }
}

impl Memory {
    /// Whether the first bytes of two memories, so many of each, have bytes in common.
    pub(super) fn overlaps(&self, length: usize, other: Self, other_length: usize) -> bool {
        let (a, b) = (self.address as usize, other.address as usize);
        a < b.saturating_add(other_length) && b < a.saturating_add(length)
    }

    /// The first bytes, to read.
    ///
    /// # Safety
    /// `span` bytes from the address on can be read and nobody writes to them for as long as the slice is in use.
    pub(super) unsafe fn slice<'a>(self, span: usize) -> &'a [u8] {
        // SAFETY: the caller's promise; the address is not null and the length fits an isize (`Rows::span`).
        unsafe { std::slice::from_raw_parts(self.address, span) }
    }

    /// The first bytes, to change.
    ///
    /// # Safety
    /// `span` bytes from the address on can be read and written, and nobody else does so for as long as the slice is in
    /// use.
    pub(super) unsafe fn slice_mut<'a>(self, span: usize) -> &'a mut [u8] {
        // SAFETY: the caller's promise; the address is not null and the length fits an isize (`Rows::span`).
        unsafe { std::slice::from_raw_parts_mut(self.address, span) }
    }
}

/// An error of kind `InvalidPixels`.
pub(super) fn invalid<T>(reason: String) -> Result<T> {
    Err(ConfounderError::InvalidPixels { reason })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rows(length: usize, row_stride: usize, pixel_stride: usize) -> Rows {
        let address = std::ptr::dangling_mut();
        Rows {
            memory: Memory { address, length },
            row_stride,
            pixel_stride,
        }
    }

    #[test]
    fn spans_end_with_the_last_sample() {
        assert_eq!(rows(100, 10, 2).span("x", 3, 4, 1), Ok(35));
        assert_eq!(rows(35, 10, 2).span("x", 3, 4, 1), Ok(35));
        assert!(rows(34, 10, 2).span("x", 3, 4, 1).is_err());
    }

    #[test]
    fn numbers_that_do_not_fit_are_refused() {
        for (columns, count, row, pixel) in [
            (0, 1, 1, 1),
            (1, 0, 1, 1),
            (2, 2, usize::MAX, 1),
            (2, 2, 1, usize::MAX),
            (usize::MAX, 2, 4, 4),
            (2, 2, usize::MAX / 2 + 1, 1),
        ] {
            let all = rows(usize::MAX, row, pixel);
            assert!(
                all.span("x", columns, count, 1).is_err(),
                "{columns} x {count}"
            );
        }
        let mut none = rows(100, 10, 1);
        none.memory.address = std::ptr::null_mut();
        assert!(none.span("x", 2, 2, 1).is_err());
    }

    #[test]
    fn overlap_is_seen() {
        let at = |address: usize| Memory {
            address: address as *mut u8,
            length: 10,
        };
        assert!(at(100).overlaps(10, at(109), 10));
        assert!(!at(100).overlaps(10, at(110), 10));
        assert!(at(101).overlaps(1, at(100), 2));
        assert!(!at(102).overlaps(1, at(100), 2));
    }
}
