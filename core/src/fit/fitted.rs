//! From what was seen of photos to a generator that tells them apart.

use prost::Message;
use sha2::{Digest, Sha256};

use super::anatomy::{self, Anatomy};
use super::cells::Cells;
use super::dealing;
use super::parts::Part;
use super::record::{FitRecord, GroupRecord};
use super::ridge;
use super::rows::{Rows, root_mean_square, unit};
use super::space::Space;
use super::splice::Change;
use super::template::{self, Head};
use super::{FitOptions, Fitter, HeadNames, Look, graph_of};
use crate::error::{Error, ErrorKind, Result};
use crate::generator::Generator;
use crate::onnx::{ModelProto, StringStringEntryProto};

/// Fewest photos that a generator is fitted to.
const LEAST_PHOTOS: usize = 8;
/// Groups, where nobody said how many: a pattern for each is found early, and 50 or more protect nothing.
const USUAL_KINDS: usize = 10;
/// Axes of the space in which photos are compared: without labels, and with them.
const AXES: (usize, usize) = (32, 128);
/// How sharp the softmax is: over the cosines, and over what tells labelled photos apart. Of imagenette's photos that were
/// left out of a fit with labels, 97 % come out right, with a likelihood that is best at 16.
const SHARPNESS: (f32, f32) = (20.0, 16.0);

/// A generator that was fitted to photos, and what became of the photos.
#[derive(Debug)]
#[non_exhaustive]
pub struct Fitted {
    /// The generator: the one that was fitted, with another head.
    pub generator: Generator,
    /// The groups, by number.
    pub groups: Vec<FittedGroup>,
    /// For each photo in the order given where it belongs; `None` for one that was skipped.
    pub photos: Vec<Option<FittedPhoto>>,
    /// The photos that could not be read.
    pub skipped: Vec<SkippedPhoto>,
}

/// A group of photos that get the same pattern.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub struct FittedGroup {
    /// Its number, from 1.
    pub number: usize,
    /// The label of its photos, where they had any.
    pub label: Option<String>,
    /// Number of photos.
    pub photos: usize,
    /// The row of the generator's bank that it gets, from 0.
    pub row: usize,
    /// How sure the generator is of its photos, on average, 0 to 1.
    pub sure: f32,
}

/// Where a photo belongs.
#[derive(Debug, Clone, Copy, PartialEq)]
#[non_exhaustive]
pub struct FittedPhoto {
    /// The number of its group.
    pub group: usize,
    /// How sure the generator is of that, 0 to 1.
    pub sure: f32,
}

/// A photo that could not be read.
#[derive(Debug)]
#[non_exhaustive]
pub struct SkippedPhoto {
    /// Its place among the photos given, from 0.
    pub photo: usize,
    /// Why.
    pub error: Error,
}

pub(super) fn fitted(generator: &Generator, fitter: Fitter<'_>) -> Result<Fitted> {
    let Fitter {
        options,
        names,
        seen,
        ..
    } = fitter;
    options.cancel.check()?;
    let labels = labels(&seen)?;
    let count = count(seen.len(), &options)?;
    let width = seen.first().map_or(1, |(look, _)| look.features.len());
    let features = Rows::of(width, seen.iter().map(|(look, _)| look.features.clone()));
    let axes = if labels.is_some() { AXES.1 } else { AXES.0 };
    let space = Space::of(&features, axes);
    options.cancel.check()?;
    let places = Rows::of(
        space.axes.len(),
        features.iter().map(|row| space.place(row)),
    );
    let points = Rows::of(
        places.width(),
        places.iter().map(|place| unit(place.to_vec())),
    );
    let (mut cells, known) = match &labels {
        Some(labels) => {
            let (cells, known) = Cells::by_label(labels);
            (cells, Some(known))
        }
        None => (Cells::by_likeness(&points, count), None),
    };
    cells.edit(&points, &options)?;
    options.cancel.check()?;

    let numbers = cells.numbers();
    let rows = seen.first().map_or(0, |(look, _)| look.code.len());
    let dealt = deal(&cells, &numbers, &seen, options.anchored);
    let of_number = |number: usize| numbers.binary_search(&number).unwrap_or(0);
    let centres = if labels.is_some() {
        let directions = ridge::directions(&points, &cells.of, cells.groups.len());
        sharpened(&directions, &places, SHARPNESS.1)
    } else {
        sharpened(&cells.centres(&points), &places, SHARPNESS.0)
    };
    let head = Head {
        mean: space.mean,
        axes: space.axes,
        centres,
        dealt: cells
            .groups
            .iter()
            .map(|&number| dealt[of_number(number)])
            .collect(),
        rows,
    };

    let photos: Vec<FittedPhoto> = places
        .iter()
        .enumerate()
        .map(|(photo, place)| placed(&head, &cells, place, (photo, labels.is_some())))
        .collect();
    let group = |(&number, &row): (&usize, &usize)| {
        let sure: Vec<f32> = photos
            .iter()
            .filter(|p| p.group == number)
            .map(|p| p.sure)
            .collect();
        let label = known.as_ref().and_then(|known| known.get(number - 1));
        FittedGroup {
            number,
            label: label.cloned(),
            photos: sure.len(),
            row,
            sure: sure.iter().sum::<f32>() / sure.len().max(1) as f32,
        }
    };
    let groups: Vec<FittedGroup> = numbers.iter().zip(&dealt).map(group).collect();
    let record = FitRecord {
        photos: photos.len(),
        labelled: labels.is_some(),
        anchored: options.anchored,
        groups: groups.iter().map(recorded).collect(),
        hash: hash(&features, &photos),
        base: generator.sha256(),
        amplitude: amplitude(generator, &names, &head)?,
    };
    Ok(Fitted {
        generator: with_head(generator, &names, &head, &record)?,
        groups,
        photos: photos.into_iter().map(Some).collect(),
        skipped: Vec::new(),
    })
}

/// The label of each photo; `None` where none has one.
fn labels(seen: &[(Look, Option<String>)]) -> Result<Option<Vec<&str>>> {
    let labels: Vec<&str> = seen
        .iter()
        .filter_map(|(_, label)| label.as_deref())
        .collect();
    if labels.is_empty() {
        return Ok(None);
    }
    if labels.len() < seen.len() {
        let without = seen.len() - labels.len();
        let message = format!(
            "{without} of {} photos have no label; give each one, or none",
            seen.len()
        );
        return Err(Error::new(ErrorKind::InvalidOptions, message));
    }
    if labels.iter().all(|label| *label == labels[0]) {
        let message = "all photos have the same label; give at least two kinds, or no labels";
        return Err(Error::new(ErrorKind::InvalidOptions, message));
    }
    Ok(Some(labels))
}

/// Number of groups for photos without labels.
fn count(photos: usize, options: &FitOptions) -> Result<usize> {
    let refused = |message: String| Err(Error::new(ErrorKind::InvalidOptions, message));
    if photos < LEAST_PHOTOS {
        return refused(format!(
            "a fit takes at least {LEAST_PHOTOS} photos that can be read, not {photos}"
        ));
    }
    match options.kinds {
        Some(kinds) if kinds > photos => refused(format!(
            "{kinds} groups of {photos} photos cannot be; ask for fewer kinds"
        )),
        Some(kinds) => Ok(kinds),
        None => Ok(USUAL_KINDS.min(photos / 4).max(2)),
    }
}

/// The row of the bank for each group.
fn deal(
    cells: &Cells,
    numbers: &[usize],
    seen: &[(Look, Option<String>)],
    anchored: bool,
) -> Vec<usize> {
    let rows = seen.first().map_or(0, |(look, _)| look.code.len());
    if !anchored {
        let sizes: Vec<usize> = numbers.iter().map(|&n| cells.members(n).count()).collect();
        return dealing::by_size(&sizes, rows);
    }
    let codes = Rows::of(rows, seen.iter().map(|(look, _)| look.code.clone()));
    let wishes: Vec<Vec<f32>> = numbers
        .iter()
        .map(|&n| codes.mean(cells.members(n)))
        .collect();
    dealing::by_wish(&wishes)
}

/// Centres as long as the softmax is to be sharp, in places that are divided by their size.
fn sharpened(centres: &[Vec<f32>], places: &Rows, sharpness: f32) -> Rows {
    let ratio = |place: &[f32]| {
        let length = place.iter().map(|x| x * x).sum::<f32>().sqrt();
        f64::from(length / template::size(place).max(f32::MIN_POSITIVE))
    };
    let mean = places.iter().map(ratio).sum::<f64>() / places.len().max(1) as f64;
    let sharpness = sharpness / mean.max(1.0) as f32;
    let scaled = centres
        .iter()
        .map(|c| c.iter().map(|x| x * sharpness).collect());
    Rows::of(places.width(), scaled)
}

/// Where the head puts a photo; how sure it is of the label where there is one.
fn placed(
    head: &Head,
    cells: &Cells,
    place: &[f32],
    (photo, labelled): (usize, bool),
) -> FittedPhoto {
    let shares = head.shares(place);
    let of = |number: usize| -> f32 {
        let parts = shares.iter().zip(&cells.groups);
        parts
            .filter(|&(_, &group)| group == number)
            .map(|(share, _)| share)
            .sum()
    };
    let own = cells.groups[cells.of[photo]];
    let likeliest = cells
        .numbers()
        .into_iter()
        .max_by(|&a, &b| of(a).total_cmp(&of(b)).then(b.cmp(&a)));
    let group = if labelled {
        own
    } else {
        likeliest.unwrap_or(own)
    };
    FittedPhoto {
        group,
        sure: of(group),
    }
}

fn recorded(group: &FittedGroup) -> GroupRecord {
    GroupRecord {
        number: group.number,
        photos: group.photos,
        row: group.row,
        sure: (group.sure * 1000.0).round() / 1000.0,
    }
}

fn hash(features: &Rows, photos: &[FittedPhoto]) -> String {
    let mut hash = Sha256::new();
    for (row, photo) in features.iter().zip(photos) {
        row.iter().for_each(|x| hash.update(x.to_le_bytes()));
        hash.update((photo.group as u64).to_le_bytes());
    }
    hash.finalize()
        .iter()
        .map(|byte| format!("{byte:02x}"))
        .collect()
}

/// The root mean square of the faintest pattern that is dealt; 0 where the residual is not of the code alone.
fn amplitude(generator: &Generator, names: &HeadNames, head: &Head) -> Result<f32> {
    let model = generator.model()?;
    let anatomy = Anatomy::of(graph_of(&model)?, names)?;
    if anatomy.tail.is_empty() {
        return Ok(0.0);
    }
    let shape = [1, head.rows];
    let tail = anatomy::part(&model, &anatomy.tail, (&names.code, &shape), "residual");
    let tail = Part::new(&tail, &shape)?;
    let mut least = f32::INFINITY;
    for &row in &head.dealt {
        let mut code = vec![0.0; head.rows];
        code[row] = 1.0;
        least = least.min(root_mean_square(&tail.run(&code)?));
    }
    Ok(least)
}

/// The generator with another head.
fn with_head(
    generator: &Generator,
    names: &HeadNames,
    head: &Head,
    record: &FitRecord,
) -> Result<Generator> {
    let damaged = |e: prost::DecodeError| {
        super::invalid("the file is no ONNX model, or damaged").with_source(e)
    };
    let model = ModelProto::decode(generator.bytes()).map_err(damaged)?;
    let graph = graph_of(&model)?;
    let anatomy = Anatomy::of(graph, names)?;
    let value = serde_json::to_string(record)
        .map_err(|e| Error::new(ErrorKind::Encode, "the fit cannot be described").with_source(e))?;
    let gone = anatomy
        .head
        .iter()
        .filter_map(|&at| graph.node[at].output.first().cloned());
    let change = Change {
        without: gone.collect(),
        without_constants: anatomy.constants_of_head(graph),
        code: &names.code,
        nodes: head.nodes(names),
        constants: head.constants(),
        metadata: StringStringEntryProto {
            key: "confounder.fit".into(),
            value,
        },
    };
    Generator::from_bytes(change.apply(generator.bytes())?)
}
