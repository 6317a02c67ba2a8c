//! In which order a list is.

/// A field that a list can be ordered by: its name, its column, and whether that may be NULL.
pub type Field = (&'static str, &'static str, bool);

/// The order of a list; ties are broken by id.
#[derive(Clone, Copy)]
pub struct Order {
    /// As the caller calls it.
    pub field: &'static str,
    /// As the database does.
    pub column: &'static str,
    /// NULLs come last in both directions.
    pub nullable: bool,
    /// Turned round.
    pub descending: bool,
}

impl Order {
    /// Reads `order_by`: a field, or `-` and a field.
    pub fn parse(text: &str, fields: &'static [Field]) -> Option<Self> {
        let (name, descending) = text.strip_prefix('-').map_or((text, false), |name| (name, true));
        let &(field, column, nullable) = fields.iter().find(|(field, ..)| *field == name)?;
        Some(Self { field, column, nullable, descending })
    }

    /// `ORDER BY` this column, then this id.
    pub fn clause(self, column: &str, id: &str) -> String {
        let direction = if self.descending { "DESC" } else { "ASC" };
        let nulls = if self.nullable { " NULLS LAST" } else { "" };
        if self.field == "id" {
            return format!("{id} {direction}");
        }
        format!("{column} {direction}{nulls}, {id} {direction}")
    }
}
