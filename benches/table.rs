//! The plain tables in which figures are shown.

use crate::cpu;

/// Which side of a goal is good.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Goal {
    /// At least this.
    AtLeast(f64),
    /// At most this.
    AtMost(f64),
}

/// Begins the table of one bench.
pub(crate) fn title(name: &str, what: &str) {
    println!("\n{name}: {what}  (load {})", cpu::load());
}

/// A figure without a goal.
pub(crate) fn note(what: &str, figure: &str) {
    println!("  {what:<66} {figure:>14}");
}

/// A figure with a goal, and whether it is met.
pub(crate) fn goal(what: &str, figure: f64, unit: &str, goal: Goal) {
    let (is_met, text) = match goal {
        Goal::AtLeast(least) => (least <= figure, format!("at least {least}")),
        Goal::AtMost(most) => (figure <= most, format!("at most {most}")),
    };
    let verdict = if is_met { "met" } else { "MISSED" };
    println!("  {what:<66} {:>14}   goal: {text}{unit}, {verdict}", format!("{figure:.2}{unit}"));
}

/// The middle one.
pub(crate) fn median(mut figures: Vec<f64>) -> f64 {
    figures.sort_by(f64::total_cmp);
    quantile(&figures, 0.5)
}

/// The figure below which this share of the sorted ones lies.
#[allow(
    clippy::cast_possible_truncation,
    clippy::cast_precision_loss,
    clippy::cast_sign_loss,
    reason = "a position in a short list"
)]
pub(crate) fn quantile(sorted: &[f64], share: f64) -> f64 {
    let at = (sorted.len().saturating_sub(1) as f64 * share).round() as usize;
    sorted.get(at).copied().unwrap_or(f64::NAN)
}
