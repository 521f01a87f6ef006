//! One-pixel shortcut (OPS; Wu et al. 2023): one pixel of each image is set to a colour, place and colour by class.

use super::psnr;
use crate::{
    data::Dataset,
    error::{Error, Result},
};

/// Corners of the colour cube.
const COLOURS: usize = 8;

/// For each class the place and the corner of the colour cube that are far from what the class's images show there (a
/// large mean difference) in all of them (a small deviation of it), as its authors' program searches them: class by class,
/// no two of one place and colour.
pub(super) fn protect(data: &Dataset) -> Result<(Dataset, f64)> {
    let plane = data.height * data.width;
    let classes = data.classes.len();
    if classes > plane * COLOURS {
        let text = format!("{classes} classes are more than pixels and colours at {plane} pixels");
        return Err(Error::Recipe(text));
    }
    let mut protected = data.clone();
    protected.name = format!("{} with one pixel", data.name);
    let mut taken = Vec::new();
    for class in 0..classes {
        let members: Vec<usize> = (0..data.len())
            .filter(|&i| usize::from(data.labels[i]) == class)
            .collect();
        let best = (0..plane)
            .flat_map(|place| (0..COLOURS).map(move |colour| (place, colour)))
            .filter(|pair| !taken.contains(pair))
            .map(|(place, colour)| (score(data, &members, place, colour), place, colour))
            .max_by(|a, b| a.0.total_cmp(&b.0));
        let Some((_, place, colour)) = best else {
            continue;
        };
        taken.push((place, colour));
        for &i in &members {
            for channel in 0..3 {
                let at = i * data.samples() + channel * plane + place;
                protected.images[at] = level(colour, channel);
            }
        }
    }
    let psnr = psnr(data, &protected);
    Ok((protected, psnr))
}

/// 0 or 255: a corner of the colour cube has one bit per channel.
fn level(colour: usize, channel: usize) -> u8 {
    if colour >> channel & 1 == 1 { 255 } else { 0 }
}

/// Mean over deviation of the change, over all samples of the pixel in all of the class's images.
fn score(data: &Dataset, members: &[usize], place: usize, colour: usize) -> f64 {
    let plane = data.height * data.width;
    let (mut sum, mut squares) = (0.0, 0.0);
    for &i in members {
        let image = data.image(i);
        for channel in 0..3 {
            let sample = image[channel * plane + place];
            let change = f64::from(sample.abs_diff(level(colour, channel))) / 255.0;
            sum += change;
            squares += change * change;
        }
    }
    let n = (3 * members.len()).max(1) as f64;
    let mean = sum / n;
    mean / (squares / n - mean * mean).max(1e-9).sqrt()
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    /// Images of two pixels, of two classes in turn.
    fn data(images: [[u8; 6]; 4]) -> Dataset {
        Dataset {
            name: "pixels".into(),
            classes: vec!["a".into(), "b".into()],
            height: 1,
            width: 2,
            images: images.concat(),
            labels: vec![0, 1, 0, 1],
        }
    }

    #[test]
    fn no_two_classes_take_the_same_pixel_and_colour() {
        let data = data([[10, 0, 20, 0, 30, 0]; 4]);
        let (protected, _) = protect(&data).unwrap();
        assert_eq!(protected.image(0), protected.image(2));
        assert_eq!(protected.image(1), protected.image(3));
        assert_ne!(protected.image(0), protected.image(1));
    }

    #[test]
    fn a_pixel_is_taken_that_all_images_show_alike() {
        // The second pixel differs from image to image and from channel to channel, the first one is dark in all.
        let image = |x: u8| [20, x, 20, 255 - x, 20, x / 2];
        let data = data([image(0), image(10), image(250), image(100)]);
        let (protected, _) = protect(&data).unwrap();
        assert_eq!(protected.image(0), [255, 0, 255, 255, 255, 0]);
        assert_eq!(protected.image(1)[1], data.image(1)[1]);
    }

    #[test]
    fn more_classes_than_places_and_colours_are_refused() {
        let mut data = data([[0; 6]; 4]);
        data.classes = (0..17).map(|i| i.to_string()).collect();
        let error = protect(&data).map(|_| ()).unwrap_err().to_string();
        assert!(error.contains("17 classes"), "{error}");
    }
}
