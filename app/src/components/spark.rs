//! A line of a few numbers, as large as a word.

use leptos::prelude::*;

/// Its size; the line keeps a pixel's distance from the edge.
const WIDTH: usize = 76;
const HEIGHT: u64 = 24;

/// The numbers as a line, from left to right; `label` says them in words.
#[component]
pub fn Spark(numbers: Vec<u64>, label: String) -> impl IntoView {
    let line = format!(r#"<path d="{}"/>"#, path(&numbers));
    view! {
        <svg
            role="img"
            aria-label=label
            width=WIDTH.to_string()
            height=HEIGHT.to_string()
            viewBox=format!("0 0 {WIDTH} {HEIGHT}")
            fill="none"
            stroke="var(--brass)"
            stroke-width="1.5"
            stroke-linejoin="round"
            inner_html=line
        ></svg>
    }
}

/// In tenths of a pixel downwards, so that low hours are told apart.
fn path(numbers: &[u64]) -> String {
    let most = numbers.iter().copied().max().unwrap_or(0).max(1);
    let steps = numbers.len().saturating_sub(1).max(1);
    let room = (HEIGHT - 3) * 10;
    let points = numbers.iter().enumerate().map(|(place, n)| {
        let x = 10 + place * (WIDTH - 2) * 10 / steps;
        let y = 15 + room - n.saturating_mul(room) / most;
        format!("{}{}.{} {}.{}", if place == 0 { 'M' } else { 'L' }, x / 10, x % 10, y / 10, y % 10)
    });
    points.collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_most_is_at_the_top_and_nothing_at_the_bottom() {
        assert_eq!(path(&[0, 10, 5]), "M1.0 22.5L38.0 1.5L75.0 12.0");
        assert_eq!(path(&[0, 0]), "M1.0 22.5L75.0 22.5");
        assert_eq!(path(&[]), "");
    }
}
