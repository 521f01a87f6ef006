//! The options of `confounder fit`.

use std::num::NonZero;
use std::path::PathBuf;
use std::str::FromStr;

use clap::Args;

use crate::exit;

/// Fits the generator to the photos of a folder
///
/// Looks at every photo, sorts them into groups, and writes a generator that gives each group a pattern of its own. Where
/// all photos lie in sub-folders, at least two, each sub-folder is a group; else photos that look alike are. Nothing is
/// trained, and nothing leaves this machine; the file holds no photo, and no name of one. A page with small pictures, written
/// beside the generator, shows what was grouped: look at it, then split or merge groups by their numbers and fit again.
#[derive(Debug, Args)]
#[command(after_long_help = exit::help("\
Examples:
  confounder fit holiday -o mine.onnx
  confounder fit holiday -o mine.onnx --kinds 12
  confounder fit holiday -o mine.onnx --kinds 12 --split 4 --merge 3,5 --force
  confounder protect --generator mine.onnx -r holiday -o holiday-safe"))]
pub(crate) struct Arguments {
    /// The folder that holds the photos
    #[arg(value_name = "FOLDER")]
    pub(super) folder: PathBuf,

    /// The generator to write
    #[arg(short, long, value_name = "FILE")]
    pub(super) output: PathBuf,

    /// Sort the photos into this many groups by what they look like [default: 10, fewer for fewer than 40 photos]
    #[arg(long, value_name = "N", conflicts_with = "labels")]
    pub(super) kinds: Option<usize>,

    /// Insist that sub-folders are the groups
    #[arg(long, conflicts_with = "no_labels")]
    pub(super) labels: bool,

    /// Sort the photos by what they look like, whatever the sub-folders
    #[arg(long)]
    pub(super) no_labels: bool,

    /// Give each group the pattern that the generator gives to most of its photos, so that all who fit it pool [default]
    #[arg(long, conflicts_with = "no_anchors")]
    pub(super) anchored: bool,

    /// Give the largest group the first pattern, and so on
    #[arg(long)]
    pub(super) no_anchors: bool,

    /// Cut these groups in two
    #[arg(long, value_name = "GROUP", value_delimiter = ',')]
    pub(super) split: Vec<usize>,

    /// Put these groups together, after any was split; may be given several times
    #[arg(long, value_name = "GROUP,GROUP")]
    pub(super) merge: Vec<Merge>,

    /// The generator to fit [default: the bundled one]
    #[arg(long, value_name = "FILE")]
    pub(super) generator: Option<PathBuf>,

    /// The page that shows the groups [default: the generator's name with .html]
    #[arg(long, value_name = "FILE", conflicts_with = "no_sheet")]
    pub(super) sheet: Option<PathBuf>,

    /// Write no page
    #[arg(long)]
    pub(super) no_sheet: bool,

    /// Replace files that exist
    #[arg(short, long)]
    pub(super) force: bool,

    /// Threads [default: one per core]
    #[arg(long, value_name = "N")]
    pub(super) threads: Option<NonZero<usize>>,

    /// Write one JSON object to standard output
    #[arg(long)]
    pub(super) json: bool,

    /// Show neither progress nor groups
    #[arg(short, long)]
    pub(super) quiet: bool,
}

/// The numbers of groups that are put together.
#[derive(Debug, Clone)]
pub(super) struct Merge(pub(super) Vec<usize>);

impl FromStr for Merge {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let numbers: Result<Vec<usize>, _> =
            text.split(',').map(|part| part.trim().parse()).collect();
        match numbers {
            Ok(numbers) if numbers.len() > 1 => Ok(Self(numbers)),
            _ => Err("give two numbers of groups or more, as 3,5".into()),
        }
    }
}

impl Arguments {
    /// Where the page goes.
    pub(super) fn sheet(&self) -> Option<PathBuf> {
        let beside = || self.output.with_extension("html");
        (!self.no_sheet).then(|| self.sheet.clone().unwrap_or_else(beside))
    }
}
