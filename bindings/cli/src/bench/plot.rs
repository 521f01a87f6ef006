//! A picture of the times.

use plotters::prelude::*;

use super::measure::EngineTimes;

/// Bars of milliseconds, one group per engine, on a logarithmic scale.
pub(super) fn svg(
    engines: &[EngineTimes],
    (width, height): (u32, u32),
) -> Result<String, Box<dyn std::error::Error>> {
    let bars: Vec<(String, f64)> = engines
        .iter()
        .filter(|engine| engine.error.is_none())
        .flat_map(|engine| {
            [
                ("cold start", engine.cold_start_ms),
                ("first photo", engine.first_photo_ms),
                ("photo", engine.photo.median_ms),
                ("generator", engine.generator.median_ms),
            ]
            .map(|(what, ms)| (format!("{} {what}", engine.engine), ms))
        })
        .collect();
    let most = bars.iter().map(|bar| bar.1).fold(1.0, f64::max);
    let mut picture = String::new();
    {
        let size = (900, 60 + 30 * bars.len() as u32 + 60);
        let root = SVGBackend::with_string(&mut picture, size).into_drawing_area();
        root.fill(&WHITE)?;
        let caption = format!("Milliseconds for {width} x {height} px");
        let mut chart = ChartBuilder::on(&root)
            .caption(caption, ("sans-serif", 20))
            .margin(12)
            .x_label_area_size(36)
            .y_label_area_size(130)
            .build_cartesian_2d((0.01..most * 2.0).log_scale(), 0.0..bars.len() as f64)?;
        let name = |y: &f64| {
            let at = bars.len().checked_sub(1 + *y as usize);
            at.and_then(|at| bars.get(at))
                .map_or(String::new(), |bar| bar.0.clone())
        };
        chart
            .configure_mesh()
            .disable_y_mesh()
            .y_labels(bars.len())
            .y_label_formatter(&name)
            .x_desc("ms")
            .draw()?;
        let rows = (0..bars.len()).rev().map(|row| row as f64);
        for (row, (label, ms)) in rows.zip(&bars) {
            let colour = if label.starts_with("cpu") {
                BLUE
            } else {
                GREEN
            };
            let bar = Rectangle::new(
                [(0.01, row + 0.2), (*ms, row + 0.8)],
                colour.mix(0.6).filled(),
            );
            let text = Text::new(format!("{ms:.2}"), (*ms, row + 0.75), ("sans-serif", 13));
            chart.draw_series([bar])?;
            chart.draw_series([text])?;
        }
        root.present()?;
    }
    Ok(picture)
}
