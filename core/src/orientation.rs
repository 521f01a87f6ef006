//! EXIF orientation: how stored pixels are turned to stand upright.

use serde::{Serialize, Serializer};

use crate::error::{Error, ErrorKind, Result};

/// The EXIF orientation of a photo (tag 0x0112, values 1 to 8): what must be done to the stored pixels to show them
/// upright.
///
/// The generator sees photos upright; stored pixels keep their orientation.
///
/// ```
/// use confounder::Orientation;
///
/// assert_eq!(Orientation::from_exif(6)?, Orientation::Rotate90);
/// assert_eq!(Orientation::Rotate90.upright_size(4000, 3000), (3000, 4000));
/// # Ok::<(), confounder::Error>(())
/// ```
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash)]
#[repr(u8)]
pub enum Orientation {
    /// 1: stored upright.
    #[default]
    Upright = 1,
    /// 2: mirror left to right.
    FlipHorizontal = 2,
    /// 3: turn by 180 degrees.
    Rotate180 = 3,
    /// 4: mirror top to bottom.
    FlipVertical = 4,
    /// 5: mirror along the diagonal from top left to bottom right.
    Transpose = 5,
    /// 6: turn clockwise by 90 degrees.
    Rotate90 = 6,
    /// 7: mirror along the diagonal from top right to bottom left.
    Transverse = 7,
    /// 8: turn clockwise by 270 degrees.
    Rotate270 = 8,
}

impl Serialize for Orientation {
    /// The EXIF value.
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_u16(self.exif())
    }
}

impl Orientation {
    /// All eight, in the order of their EXIF values.
    pub const ALL: [Self; 8] = [
        Self::Upright,
        Self::FlipHorizontal,
        Self::Rotate180,
        Self::FlipVertical,
        Self::Transpose,
        Self::Rotate90,
        Self::Transverse,
        Self::Rotate270,
    ];

    /// The orientation of an EXIF value of 1 to 8.
    ///
    /// # Errors
    /// [`ErrorKind::InvalidOptions`] for any other value. Readers of damaged files usually take those for upright.
    pub fn from_exif(value: u16) -> Result<Self> {
        let index = usize::from(value).wrapping_sub(1);
        Self::ALL.get(index).copied().ok_or_else(|| {
            let message = format!("the EXIF orientation is {value}; it must be 1 to 8");
            Error::new(ErrorKind::InvalidOptions, message)
        })
    }

    /// The EXIF value, 1 to 8.
    pub fn exif(self) -> u16 {
        self as u16
    }

    /// Whether width and height change places.
    pub fn swaps_sides(self) -> bool {
        self as u8 >= 5
    }

    /// The upright size of a photo stored as `width` x `height`.
    pub fn upright_size(self, width: usize, height: usize) -> (usize, usize) {
        if self.swaps_sides() {
            (height, width)
        } else {
            (width, height)
        }
    }

    /// Where the upright pixel (`x`, `y`) lies in a photo stored as `width` x `height`.
    pub(crate) fn stored_position(
        self,
        (x, y): (usize, usize),
        (width, height): (usize, usize),
    ) -> (usize, usize) {
        match self {
            Self::Upright => (x, y),
            Self::FlipHorizontal => (width - 1 - x, y),
            Self::Rotate180 => (width - 1 - x, height - 1 - y),
            Self::FlipVertical => (x, height - 1 - y),
            Self::Transpose => (y, x),
            Self::Rotate90 => (y, height - 1 - x),
            Self::Transverse => (width - 1 - y, height - 1 - x),
            Self::Rotate270 => (width - 1 - y, x),
        }
    }

    /// Turns three planes stored as `width` x `height` upright.
    pub(crate) fn turn_upright(
        self,
        planes: Vec<f32>,
        (width, height): (usize, usize),
    ) -> Vec<f32> {
        if self == Self::Upright {
            return planes;
        }
        let (columns, rows) = self.upright_size(width, height);
        let mut upright = Vec::with_capacity(planes.len());
        for plane in planes.chunks_exact(width * height) {
            for y in 0..rows {
                upright.extend((0..columns).map(|x| {
                    let (sx, sy) = self.stored_position((x, y), (width, height));
                    plane[sy * width + sx]
                }));
            }
        }
        upright
    }

    /// Turns three upright planes back to how the photo, `width` x `height` as stored, lies.
    pub(crate) fn turn_back(self, planes: Vec<f32>, (width, height): (usize, usize)) -> Vec<f32> {
        self.inverse()
            .turn_upright(planes, self.upright_size(width, height))
    }

    fn inverse(self) -> Self {
        match self {
            Self::Rotate90 => Self::Rotate270,
            Self::Rotate270 => Self::Rotate90,
            other => other,
        }
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    /// The letter F as stored under each orientation, after the usual EXIF chart: upright it reads `AB/CD/EF`.
    #[test]
    fn turns_the_exif_chart_upright() {
        let stored = [
            (1, "ABCDEF", 2),
            (2, "BADCFE", 2),
            (3, "FEDCBA", 2),
            (4, "EFCDAB", 2),
            (5, "ACEBDF", 3),
            (6, "BDFACE", 3),
            (7, "FDBECA", 3),
            (8, "ECAFDB", 3),
        ];
        for (value, letters, width) in stored {
            let plane: Vec<f32> = letters.bytes().map(f32::from).collect();
            let orientation = Orientation::from_exif(value).unwrap();
            let upright = orientation.turn_upright(plane, (width, 6 / width));
            let text: String = upright.iter().map(|&v| char::from(v as u8)).collect();
            assert_eq!(text, "ABCDEF", "orientation {value}");
        }
    }

    #[test]
    fn turning_there_and_back_changes_nothing() {
        let planes: Vec<f32> = (0..3 * 5 * 4).map(|v| v as f32).collect();
        for orientation in Orientation::ALL {
            let upright = orientation.turn_upright(planes.clone(), (5, 4));
            assert_eq!(
                orientation.turn_back(upright, (5, 4)),
                planes,
                "{orientation:?}"
            );
        }
    }

    #[test]
    fn refuses_other_values() {
        assert!(Orientation::from_exif(0).is_err() && Orientation::from_exif(9).is_err());
    }
}
