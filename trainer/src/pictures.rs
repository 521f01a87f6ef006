//! Pictures for reports: a contact sheet of protected images, and a line plot.
use std::path::Path;

use image::{Rgb, RgbImage};
use plotters::prelude::*;

use crate::data::Dataset;
use crate::error::{Error, Result};
use crate::files::{persist, temporary_beside, write_whole};

/// Small images are enlarged to about this side.
const CELL: u32 = 96;
/// White pixels between the cells.
const GAP: u32 = 4;

/// Writes a PNG of three rows: the first `n` images of `before`, the same of `after`, and their difference times
/// `amplify` around middle gray.
///
/// # Errors
/// [`Error::Data`] where the two sets differ in size or number, or hold no image; [`Error::Io`].
pub fn contact_sheet(
    path: &Path,
    before: &Dataset,
    after: &Dataset,
    n: usize,
    amplify: f32,
) -> Result<()> {
    let shape = |set: &Dataset| (set.len(), set.height, set.width);
    if shape(before) != shape(after) {
        let what = format!(
            "(N, H, W) are {:?} before and {:?} after; they must be equal",
            shape(before),
            shape(after)
        );
        return Err(Error::data(path, what));
    }
    let n = n.min(before.len());
    if n == 0 {
        return Err(Error::data(path, "no image to show"));
    }
    let enlarge = (CELL / before.width.max(before.height) as u32).max(1);
    let (width, height) = (
        before.width as u32 * enlarge,
        before.height as u32 * enlarge,
    );
    let size = |count: u32, cell: u32| count * (cell + GAP) + GAP;
    let mut sheet = RgbImage::from_pixel(size(n as u32, width), size(3, height), Rgb([255; 3]));
    for i in 0..n {
        let (old, new) = (before.image(i), after.image(i));
        let residual = difference(old, new, amplify);
        for (row, planes) in [old, new, &residual].into_iter().enumerate() {
            let corner = (size(i as u32, width), size(row as u32, height));
            paint(
                &mut sheet,
                corner,
                planes,
                [before.height, before.width],
                enlarge,
            );
        }
    }
    let temporary = temporary_beside(path)?;
    sheet
        .save_with_format(temporary.path(), image::ImageFormat::Png)
        .map_err(|e| Error::data(path, format!("cannot be written: {e}")))?;
    persist(temporary, path)
}

fn difference(old: &[u8], new: &[u8], amplify: f32) -> Vec<u8> {
    let one = |(&old, &new): (&u8, &u8)| {
        (128.0 + (f32::from(new) - f32::from(old)) * amplify).round() as u8
    };
    old.iter().zip(new).map(one).collect()
}

fn paint(
    sheet: &mut RgbImage,
    corner: (u32, u32),
    planes: &[u8],
    [height, width]: [usize; 2],
    enlarge: u32,
) {
    let plane = height * width;
    for i in 0..plane {
        let pixel = Rgb([planes[i], planes[plane + i], planes[2 * plane + i]]);
        let (x, y) = ((i % width) as u32 * enlarge, (i / width) as u32 * enlarge);
        for (dy, dx) in (0..enlarge).flat_map(|dy| (0..enlarge).map(move |dx| (dy, dx))) {
            sheet.put_pixel(corner.0 + x + dx, corner.1 + y + dy, pixel);
        }
    }
}

/// A line of a plot.
#[derive(Debug, Clone, PartialEq)]
pub struct Line {
    /// Its name in the legend.
    pub name: String,
    /// `(x, y)`, such as epoch and accuracy in percent. Points that are not finite are left out.
    pub points: Vec<(f64, f64)>,
}

/// Writes an SVG of lines, such as accuracy per epoch. The vertical axis covers 0 to at least 1.
///
/// # Errors
/// [`Error::Data`] where there is no point to draw; [`Error::Io`].
pub fn line_plot(
    path: &Path,
    title: &str,
    [x_label, y_label]: [&str; 2],
    lines: &[Line],
) -> Result<()> {
    let points = || lines.iter().flat_map(|line| finite(&line.points));
    let fold = |start: f64, f: fn(f64, f64) -> f64, of: fn((f64, f64)) -> f64| {
        points().map(of).fold(start, f)
    };
    let (left, right) = (
        fold(f64::INFINITY, f64::min, |p| p.0),
        fold(f64::NEG_INFINITY, f64::max, |p| p.0),
    );
    if left > right {
        return Err(Error::data(path, "no point to draw"));
    }
    let right = if right > left { right } else { left + 1.0 };
    let top = fold(1.0, f64::max, |p| p.1) * 1.05;
    let bottom = fold(0.0, f64::min, |p| p.1);
    let mut svg = String::new();
    draw(
        &mut svg,
        title,
        [x_label, y_label],
        (left..right, bottom..top),
        lines,
    )
    .map_err(|e| Error::data(path, format!("cannot be drawn: {e}")))?;
    write_whole(path, svg.as_bytes())
}

fn draw(
    svg: &mut String,
    title: &str,
    [x_label, y_label]: [&str; 2],
    (x, y): (std::ops::Range<f64>, std::ops::Range<f64>),
    lines: &[Line],
) -> std::result::Result<(), Box<dyn std::error::Error>> {
    let root = SVGBackend::with_string(svg, (800, 480)).into_drawing_area();
    root.fill(&WHITE)?;
    let mut chart = ChartBuilder::on(&root)
        .caption(title, ("sans-serif", 20))
        .margin(12)
        .x_label_area_size(36)
        .y_label_area_size(48)
        .build_cartesian_2d(x, y)?;
    chart
        .configure_mesh()
        .x_desc(x_label)
        .y_desc(y_label)
        .light_line_style(WHITE)
        .draw()?;
    for (i, line) in lines.iter().enumerate() {
        let colour = Palette99::pick(i).to_rgba();
        let series = LineSeries::new(finite(&line.points), colour.stroke_width(2));
        chart
            .draw_series(series)?
            .label(&line.name)
            .legend(move |(x, y)| PathElement::new([(x, y), (x + 16, y)], colour.stroke_width(2)));
    }
    chart
        .configure_series_labels()
        .background_style(WHITE.mix(0.8))
        .border_style(BLACK)
        .draw()?;
    root.present()?;
    Ok(())
}

fn finite(points: &[(f64, f64)]) -> impl Iterator<Item = (f64, f64)> {
    let whole = |(x, y): &(f64, f64)| x.is_finite() && y.is_finite();
    points.iter().copied().filter(whole)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use std::fs;

    use super::*;

    fn set(base: u8) -> Dataset {
        Dataset {
            name: "set".into(),
            classes: vec!["a".into(), "b".into()],
            height: 32,
            width: 32,
            images: (0..2 * 3072).map(|i| base + (i / 3072) as u8).collect(),
            labels: vec![0, 1],
        }
    }

    #[test]
    fn a_contact_sheet_shows_before_after_and_residual() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("sheet.png");
        contact_sheet(&path, &set(100), &set(103), 5, 8.0).unwrap();
        let sheet = image::open(&path).unwrap().into_rgb8();
        assert_eq!(sheet.dimensions(), (2 * 100 + 4, 3 * 100 + 4));
        let gray = |x, y| sheet.get_pixel(x, y).0;
        assert_eq!(gray(0, 0), [255; 3]);
        assert_eq!(
            (gray(4, 4), gray(99, 99), gray(104, 4)),
            ([100; 3], [100; 3], [101; 3])
        );
        assert_eq!((gray(4, 104), gray(4, 204)), ([103; 3], [152; 3]));
        let mut other = set(1);
        other.height = 16;
        assert!(contact_sheet(&path, &set(1), &other, 1, 1.0).is_err());
    }

    #[test]
    fn a_plot_names_its_lines_and_axes() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("plot.svg");
        let line = |name: &str, points: &[(f64, f64)]| Line {
            name: name.into(),
            points: points.to_vec(),
        };
        let lines = [
            line("natural", &[(1.0, 40.0), (2.0, 75.0)]),
            line("protected", &[(1.0, 20.0), (2.0, f64::NAN)]),
        ];
        line_plot(&path, "Victims", ["epoch", "accuracy %"], &lines).unwrap();
        let svg = fs::read_to_string(&path).unwrap();
        for part in [
            "<svg",
            "Victims",
            "epoch",
            "accuracy %",
            "natural",
            "protected",
            "</svg>",
        ] {
            assert!(svg.contains(part), "{part}");
        }
        assert!(!svg.contains("NaN"));
        assert!(line_plot(&path, "t", ["x", "y"], &[]).is_err());
    }
}
