//! JPEGs in every layout that the standard allows, judged by libjpeg-turbo: `djpeg` must see the same picture before and
//! after.

use std::io::Write;
use std::process::{Command, Stdio};

use confounder::{JpegMethod, ProtectOptions, Protector, ProtectorOptions, Strength};

use crate::programs;

/// Cases in an ordinary run; `CONFOUNDER_CASES` sets another number.
const CASES: u64 = 60;

/// Orders of scans of three components, as `cjpeg -scans` takes them.
const SCANS: [&str; 8] = [
    "",
    "0 1 2;",
    "0;1;2;",
    "2;0;1;",
    "1 2;0;",
    "0 1 2: 0-0, 0, 1; 0: 1-63, 0, 0; 1: 1-63, 0, 0; 2: 1-63, 0, 0; 0 1 2: 0-0, 1, 0;",
    "2: 0-0, 0, 0; 0: 0-0, 0, 0; 1: 0-0, 0, 0; 2: 1-63, 0, 0; 1: 1-63, 0, 0; 0: 1-5, 0, 2; 0: 6-63, 0, 2; \
     0: 1-63, 2, 1; 0: 1-63, 1, 0;",
    "0: 0-0, 0, 1; 1 2: 0-0, 0, 1; 1: 1-63, 0, 0; 2: 1-63, 0, 0; 0: 1-63, 0, 0; 0 1 2: 0-0, 1, 0;",
];

/// Numbers that look random.
struct Numbers(u64);

impl Numbers {
    fn below(&mut self, end: u64) -> usize {
        self.0 = self
            .0
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1);
        ((self.0 >> 33) % end) as usize
    }
}

/// Sampling factors of three components that divide the largest ones, as libjpeg asks for.
fn factors(numbers: &mut Numbers) -> String {
    let most = [1 + numbers.below(4), 1 + numbers.below(4)];
    let largest = numbers.below(3);
    let factor = |component: usize, most: usize, numbers: &mut Numbers| {
        let divisors: Vec<usize> = (1..=most).filter(|&d| most.is_multiple_of(d)).collect();
        let chosen = divisors[numbers.below(divisors.len() as u64)];
        if component == largest { most } else { chosen }
    };
    let each = (0..3).map(|component| {
        let [h, v] = most.map(|most| factor(component, most, numbers));
        format!("{h}x{v}")
    });
    each.collect::<Vec<_>>().join(",")
}

/// Soft waves of colour with an edge, as PPM.
fn picture((width, height): (usize, usize), numbers: &mut Numbers) -> Vec<u8> {
    let shift = numbers.below(100) as f32;
    let mut ppm = format!("P6 {width} {height} 255\n").into_bytes();
    for (y, x) in (0..height).flat_map(|y| (0..width).map(move |x| (y, x))) {
        for channel in 0..3 {
            let wave = ((x as f32 + shift) / (17.0 + channel as f32 * 9.0)).sin()
                * (y as f32 / 23.0).cos();
            let edge = if x > width / 2 { 25.0 } else { 0.0 };
            ppm.push((110.0 + 60.0 * wave + edge) as u8);
        }
    }
    ppm
}

/// What a program writes when it is given `input`; `None` where it fails.
fn run(program: &str, arguments: &[String], input: &[u8]) -> Option<Vec<u8>> {
    let mut child = Command::new(program)
        .args(arguments)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    // A program that stops reading closes its input.
    let _ = child.stdin.take().unwrap().write_all(input);
    let output = child.wait_with_output().unwrap();
    // Status 2: with a warning.
    matches!(output.status.code(), Some(0 | 2)).then_some(output.stdout)
}

/// The samples that `djpeg` sees.
pub(crate) fn seen(jpeg: &[u8]) -> Option<Vec<u8>> {
    let pnm = run("djpeg", &["-ppm".to_owned()], jpeg)?;
    // The magic and three numbers, each ended by one white space.
    let header = pnm
        .iter()
        .enumerate()
        .filter(|(_, b)| b.is_ascii_whitespace());
    let start = header.map(|(at, _)| at).nth(3)? + 1;
    Some(pnm[start..].to_vec())
}

pub(crate) fn mean_difference(a: &[u8], b: &[u8]) -> f64 {
    assert_eq!(a.len(), b.len(), "another size or number of channels");
    let sum: u64 = a
        .iter()
        .zip(b)
        .map(|(a, b)| u64::from(a.abs_diff(*b)))
        .sum();
    sum as f64 / a.len().max(1) as f64
}

#[test]
fn djpeg_sees_the_same_picture_in_every_layout() {
    if !programs::has("djpeg", "-version") || !programs::has("cjpeg", "-version") {
        return;
    }
    let cases = std::env::var("CONFOUNDER_CASES").ok();
    let cases = cases.and_then(|cases| cases.parse().ok()).unwrap_or(CASES);
    let protector = Protector::bundled(ProtectorOptions::new()).unwrap();
    let folder = tempfile::tempdir().unwrap();
    let (mut compared, mut refused, mut unwritable) = (0, 0, 0);
    let mut wrong = Vec::new();
    for case in 0..cases {
        let mut numbers = Numbers(case);
        numbers.below(1);
        let size = (17 + numbers.below(110), 17 + numbers.below(110));
        let ppm = picture(size, &mut numbers);
        let gray = numbers.below(8) == 0;
        let factors = factors(&mut numbers);
        let quality = [4, 12, 40, 75, 92, 100][numbers.below(6)];
        let mut arguments = vec!["-quality".to_owned(), quality.to_string()];
        if gray {
            arguments.push("-grayscale".to_owned());
        } else {
            arguments.extend(["-sample".to_owned(), factors]);
            let script = SCANS[numbers.below(SCANS.len() as u64)];
            if !script.is_empty() {
                let path = folder.path().join("scans");
                std::fs::write(&path, script).unwrap();
                arguments.extend(["-scans".to_owned(), path.display().to_string()]);
            }
        }
        match numbers.below(4) {
            0 => arguments.extend(["-restart".to_owned(), format!("{}B", 1 + numbers.below(7))]),
            1 => arguments.extend(["-restart".to_owned(), "1".to_owned()]),
            2 if gray => arguments.push("-progressive".to_owned()),
            _ => {}
        }
        let Some(jpeg) = run("cjpeg", &arguments, &ppm) else {
            unwritable += 1;
            continue;
        };
        let Some(before) = seen(&jpeg) else {
            // Factors that do not divide each other: libjpeg reads none of them.
            refused += 1;
            continue;
        };
        let options = ProtectOptions::new()
            .jpeg(JpegMethod::Reencode)
            .strength(Strength::new(0.0).unwrap())
            .quality(100)
            .tint_gray(gray);
        let after = protector.protect_bytes(&jpeg, &options).unwrap().bytes;
        let mut after = seen(&after).unwrap();
        if gray && after.len() == 3 * before.len() {
            after = after.into_iter().step_by(3).collect();
        }
        let difference = mean_difference(&before, &after);
        compared += 1;
        if difference > 2.5 {
            wrong.push((case, difference, arguments.join(" ")));
        }
    }
    eprintln!(
        "{compared} compared, {refused} that djpeg refuses, {unwritable} that cjpeg does not write"
    );
    assert!(compared * 8 >= cases, "too few cases could be compared");
    assert!(
        wrong.is_empty(),
        "{} of {compared} disagree: {wrong:#?}",
        wrong.len()
    );
}
