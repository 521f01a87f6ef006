//! A page that shows what was grouped, with small pictures in it.

use std::fmt::Write;
use std::io::Cursor;
use std::path::Path;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use confounder::{Fitted, FittedGroup};
use image::codecs::jpeg::JpegEncoder;
use image::{ImageDecoder, ImageReader};
use rayon::prelude::*;

use super::arguments::Arguments;
use super::folder::Found;

/// Pictures of a group: those that it is surest of, and those it is least sure of.
const SHOWN: (usize, usize) = (18, 6);
const SIDE: u32 = 96;

const HEAD: &str = "<!doctype html><html lang=en><meta charset=utf-8><meta name=viewport content='width=device-width'>\
<title>Groups</title><style>body{font:16px/1.5 system-ui,sans-serif;margin:2em auto;max-width:1100px;padding:0 1em}\
h2{margin:1.5em 0 .3em}h2 small{font-weight:400;color:#666}figure{display:inline-block;margin:2px;width:96px;height:96px;\
vertical-align:top;background:#ddd;overflow:hidden;font-size:10px}img{width:96px;height:96px;object-fit:cover}\
.least{border-left:3px solid #c40;padding-left:6px;margin-left:6px;display:inline-block}code{background:#eee;padding:0 .3em}</style>";

pub(super) fn page(fitted: &Fitted, found: &Found, arguments: &Arguments) -> String {
    let mut page = String::from(HEAD);
    let photos = fitted.photos.iter().flatten().count();
    // Writing to a string cannot fail.
    let _ = write!(
        page,
        "<h1>{photos} photos in {} groups</h1><p>Each group gets one pattern. A group should hold one kind of thing, and one \
         kind should be in one group. To cut group 2 in two and put 3 and 5 together: \
         <code>confounder fit {} -o {}{} --split 2 --merge 3,5 --force</code>. Left the photos that a group is surest of, \
         right of the line those it is least sure of.</p>",
        fitted.groups.len(),
        escaped(&arguments.folder.display().to_string()),
        escaped(&arguments.output.display().to_string()),
        arguments
            .kinds
            .map_or_else(String::new, |kinds| format!(" --kinds {kinds}")),
    );
    for group in &fitted.groups {
        section(&mut page, fitted, found, group);
    }
    if !fitted.skipped.is_empty() {
        let _ = write!(page, "<h2>Skipped</h2><ul>");
        for skipped in &fitted.skipped {
            let path = found.photos[skipped.photo].path.display().to_string();
            let why = skipped.error.to_string();
            let _ = write!(page, "<li>{}: {}", escaped(&path), escaped(&why));
        }
        page.push_str("</ul>");
    }
    page
}

fn section(page: &mut String, fitted: &Fitted, found: &Found, group: &FittedGroup) {
    let label = group.label.as_deref().unwrap_or("");
    let _ = write!(
        page,
        "<h2>{} {} <small>{} photos, pattern {}, {:.0} % sure</small></h2>",
        group.number,
        escaped(label),
        group.photos,
        group.row + 1,
        100.0 * group.sure
    );
    let mut members: Vec<(usize, f32)> = fitted
        .photos
        .iter()
        .enumerate()
        .filter_map(|(at, photo)| {
            photo
                .filter(|p| p.group == group.number)
                .map(|p| (at, p.sure))
        })
        .collect();
    members.sort_by(|a, b| b.1.total_cmp(&a.1));
    let last = members.split_off(
        members
            .len()
            .saturating_sub(SHOWN.1)
            .max(members.len().min(SHOWN.0)),
    );
    members.truncate(SHOWN.0);
    let figures = |members: &[(usize, f32)]| -> String {
        let pictures: Vec<String> = members
            .par_iter()
            .map(|&(at, sure)| figure(&found.photos[at].path, sure))
            .collect();
        pictures.concat()
    };
    page.push_str(&figures(&members));
    if !last.is_empty() {
        let _ = write!(page, "<span class=least>{}</span>", figures(&last));
    }
}

fn figure(path: &Path, sure: f32) -> String {
    let name = escaped(&path.display().to_string());
    let title = format!("{name}, {:.0} %", 100.0 * sure);
    match small(path) {
        Some(jpeg) => {
            let data = STANDARD.encode(jpeg);
            format!(
                "<figure title='{title}'><img alt='' src='data:image/jpeg;base64,{data}'></figure>"
            )
        }
        None => format!("<figure title='{title}'>{name}</figure>"),
    }
}

/// The photo, small and upright; `None` for a format of which no picture is made.
fn small(path: &Path) -> Option<Vec<u8>> {
    let reader = ImageReader::open(path).ok()?.with_guessed_format().ok()?;
    let mut decoder = reader.into_decoder().ok()?;
    let orientation = decoder.orientation().ok()?;
    let mut photo = image::DynamicImage::from_decoder(decoder).ok()?;
    photo.apply_orientation(orientation);
    let small = photo.thumbnail(2 * SIDE, SIDE).to_rgb8();
    let mut jpeg = Cursor::new(Vec::new());
    JpegEncoder::new_with_quality(&mut jpeg, 70)
        .encode_image(&small)
        .ok()?;
    Some(jpeg.into_inner())
}

fn escaped(text: &str) -> String {
    let mut safe = String::with_capacity(text.len());
    for character in text.chars() {
        match character {
            '&' => safe.push_str("&amp;"),
            '<' => safe.push_str("&lt;"),
            '>' => safe.push_str("&gt;"),
            '\'' => safe.push_str("&#39;"),
            '"' => safe.push_str("&quot;"),
            other => safe.push(other),
        }
    }
    safe
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_cannot_become_markup() {
        let figure = figure(Path::new("no'/<script>alert(1)</script>.jpg"), 1.0);
        assert!(
            !figure.contains("<script>") && !figure.contains("no'"),
            "{figure}"
        );
    }
}
