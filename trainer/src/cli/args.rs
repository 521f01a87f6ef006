use std::{num::NonZeroUsize, path::PathBuf};

use clap::{Parser, Subcommand};
use confounder_trainer::{
    nets::Architecture,
    reproduce::{Experiment, Shard},
    runtime::Choice,
};

/// Trains, measures and exports ConfounderGAN generators.
///
/// A recipe decides everything about a run: use a bundled one (paper, code, small, small-paper, photo, photos, smoke) or a
/// TOML file. Interrupt with Ctrl-C at any time; the same command goes on exactly where it stopped.
#[derive(Debug, Parser)]
#[command(version, arg_required_else_help = true)]
pub(crate) struct Args {
    #[command(subcommand)]
    pub(crate) command: Command,
    /// What to compute on: cpu (the same bits every time), webgpu, cuda, or auto (cuda where there is a GPU of NVIDIA).
    /// Every node runs there, or it is an error.
    #[arg(long, global = true, default_value = "cpu")]
    pub(crate) device: Choice,
}

#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Do a whole recipe: pretrain, train, export, protect, evaluate; print the table and write report.json.
    Run(Job),
    /// Train the surrogate classifier f on unprotected images.
    Pretrain(Job),
    /// Train the generator G (and f, if that is not done yet).
    Train(Job),
    /// Write the trained generator as a contract-v1 ONNX file.
    Export(Job),
    /// Put the bundled generator together of published weights, and write it as a contract-v1 ONNX file: nothing is trained.
    Groups(Groups),
    /// Protect the recipe's images; writes them as CIFAR binary records or PNG files, and a picture.
    Protect(Job),
    /// Train fresh victims on protected images and print their accuracy on clean ones.
    Evaluate(Job),
    /// Run the cells of one of the paper's tables or figures, and write its report. Finished cells are kept.
    Reproduce(Reproduce),
    /// Work with data sets.
    #[command(subcommand)]
    Data(Data),
    /// Print a bundled recipe.
    Recipe {
        /// Its name.
        name: String,
    },
    /// Show which ONNX Runtime is in use, its version and its execution providers; with --net what a step takes there.
    Runtime(Trial),
}

#[derive(Debug, clap::Args)]
pub(crate) struct Trial {
    /// Try training steps of this net (repeatable): nodes per execution provider, images and CIFAR-10 epochs per second.
    #[arg(long = "net", value_name = "NET")]
    pub(crate) nets: Vec<Architecture>,
    /// Width of the nets.
    #[arg(long, default_value = "64")]
    pub(crate) width: NonZeroUsize,
    /// Images a step.
    #[arg(long, default_value = "128")]
    pub(crate) batch: NonZeroUsize,
    /// Rows and columns of the images.
    #[arg(long, default_value = "32")]
    pub(crate) side: NonZeroUsize,
    /// Steps that are timed.
    #[arg(long, default_value = "20")]
    pub(crate) steps: NonZeroUsize,
}

#[derive(Debug, Subcommand)]
pub(crate) enum Data {
    /// Unpack CIFAR-10's WebP sheets to the genuine binary format.
    Prepare {
        /// Folder with data_batch_1..5.webp, test_batch.webp and labels.u8.
        from: PathBuf,
        /// Folder that gets cifar-10-batches-bin.
        to: PathBuf,
    },
}

#[derive(Debug, clap::Args)]
pub(crate) struct Job {
    /// A bundled recipe's name, or a TOML file.
    pub(crate) recipe: String,
    /// CIFAR-10 (binary or sheets), a folder tree class/image.*, a tar of one, or the folder of a recipe's sources.
    #[arg(long, value_name = "DIR")]
    pub(crate) data: PathBuf,
    /// Folder for everything the run makes.
    #[arg(long, value_name = "DIR")]
    pub(crate) out: PathBuf,
    /// Seed, instead of the recipe's.
    #[arg(long)]
    pub(crate) seed: Option<u64>,
    /// Change one value of the recipe, such as victim.epochs=15; may be repeated.
    #[arg(long = "set", value_name = "KEY=VALUE")]
    pub(crate) overrides: Vec<String>,
    /// Victims trained side by side [default: the number of cores].
    #[arg(long)]
    pub(crate) workers: Option<usize>,
    /// Folder for trained victims; runs that share it train a shared row once [default: OUT/victims].
    #[arg(long, value_name = "DIR")]
    pub(crate) cells: Option<PathBuf>,
}

#[derive(Debug, clap::Args)]
pub(crate) struct Groups {
    /// everyday, or a TOML file of the same form.
    pub(crate) recipe: String,
    /// The folder of the recipe's photos.
    #[arg(long, value_name = "DIR")]
    pub(crate) data: PathBuf,
    /// Folder that gets generator.onnx.
    #[arg(long, value_name = "DIR")]
    pub(crate) out: PathBuf,
    /// Change one value of the recipe, such as view=200; may be repeated.
    #[arg(long = "set", value_name = "KEY=VALUE")]
    pub(crate) overrides: Vec<String>,
}

#[derive(Debug, clap::Args)]
pub(crate) struct Reproduce {
    /// The tables and figures, in this order.
    #[arg(required = true, value_enum)]
    pub(crate) experiments: Vec<Experiment>,
    /// small (a minute of one core per cell), paper (made for a GPU), gpu (the same in a tenth of the time), photos,
    /// personal, designs, or a TOML file of the same form.
    #[arg(long, default_value = "small")]
    pub(crate) scale: String,
    /// The data set, in any format that the trainer reads.
    #[arg(long, value_name = "PATH")]
    pub(crate) data: PathBuf,
    /// Folder for reports and pictures.
    #[arg(long, value_name = "DIR", default_value = "trainer/results")]
    pub(crate) out: PathBuf,
    /// Folder for finished cells, checkpoints and protected images; may be shared or merged between machines.
    #[arg(long, value_name = "DIR")]
    pub(crate) cells: PathBuf,
    /// Change one value of the scale, such as victim.epochs=60, or repeats=3 for three victims of each cell; may be repeated.
    #[arg(long = "set", value_name = "KEY=VALUE")]
    pub(crate) overrides: Vec<String>,
    /// Run only every n-th cell, starting with number i; write the report when all are in one folder.
    #[arg(long, value_name = "I/N")]
    pub(crate) shard: Option<Shard>,
    /// Cells run side by side, one thread each [default: the number of cores].
    #[arg(long)]
    pub(crate) workers: Option<usize>,
    /// Only write the report of what is finished.
    #[arg(long)]
    pub(crate) report_only: bool,
    /// What the report calls the machine that ran the cells [default: this machine's cores, device and system].
    #[arg(long, value_name = "TEXT")]
    pub(crate) machine: Option<String>,
}
