//! The growth as a picture: a panel a figure, the number of accounts to the right.

use super::step::{FIGURES, Figure, Step};

/// An SVG of all figures.
pub(super) fn draw(steps: &[Step]) -> String {
    let panels = FIGURES.iter().enumerate().map(|(number, figure)| {
        let (column, row) = ((number % COLUMNS) as f64, (number / COLUMNS) as f64);
        panel(figure, steps, column * WIDTH, row * HEIGHT)
    });
    let (width, height) = (WIDTH * COLUMNS as f64, HEIGHT * FIGURES.len().div_ceil(COLUMNS) as f64);
    format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {width} {height}\" \
         font-family=\"sans-serif\" font-size=\"11\">\n\
         <rect width=\"{width}\" height=\"{height}\" fill=\"white\"/>\n{}</svg>\n",
        panels.collect::<String>()
    )
}

/// One figure: its name, a line from point to point, and the number at each. The scale begins at
/// zero, so that what looks flat is flat.
fn panel(figure: &Figure, steps: &[Step], left: f64, top: f64) -> String {
    let values: Vec<f64> = steps.iter().map(figure.value).collect();
    let most = values.iter().copied().fold(f64::MIN_POSITIVE, f64::max);
    let right = |number: usize| {
        left + MARGIN + number as f64 * (WIDTH - 2.0 * MARGIN) / (steps.len().max(2) - 1) as f64
    };
    let floor = top + HEIGHT - 34.0;
    let up = |value: f64| floor - value / most * (HEIGHT - 94.0);
    let mut svg = format!(
        "<text x=\"{:.0}\" y=\"{:.0}\" font-weight=\"bold\">{}</text>\n\
         <path d=\"M{:.0} {floor:.0}H{:.0}\" stroke=\"#bbb\"/>\n",
        left + 16.0,
        top + 24.0,
        figure.name,
        left + 16.0,
        left + WIDTH - 16.0
    );
    let points = values.iter().enumerate();
    let line: Vec<_> =
        points.map(|(at, value)| format!("{:.1},{:.1}", right(at), up(*value))).collect();
    svg += &format!(
        "<polyline points=\"{}\" fill=\"none\" stroke=\"#0a7d5a\" stroke-width=\"2\"/>\n",
        line.join(" ")
    );
    for (number, step) in steps.iter().enumerate() {
        let (x, y) = (right(number), up(values[number]));
        svg += &format!(
            "<circle cx=\"{x:.1}\" cy=\"{y:.1}\" r=\"3\" fill=\"#0a7d5a\"/>\
             <text x=\"{x:.1}\" y=\"{:.1}\" text-anchor=\"middle\">{}</text>\
             <text x=\"{x:.1}\" y=\"{:.1}\" text-anchor=\"middle\" fill=\"#777\">{}</text>\n",
            y - 9.0,
            figure.text(step),
            floor + 16.0,
            count(step.accounts)
        );
    }
    svg
}

/// A number with commas.
pub(super) fn count(number: u64) -> String {
    let digits = number.to_string();
    let mut text = String::new();
    for (at, digit) in digits.chars().enumerate() {
        if at > 0 && (digits.len() - at).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

const COLUMNS: usize = 3;
const WIDTH: f64 = 280.0;
const HEIGHT: f64 = 180.0;
const MARGIN: f64 = 36.0;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_long_number_is_read_in_groups() {
        let texts = [7, 1_000, 23_456_789].map(count);
        assert_eq!(texts, ["7", "1,000", "23,456,789"]);
    }
}
