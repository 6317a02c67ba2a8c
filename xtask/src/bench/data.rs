//! The two installations that are compared: the same every time, made by the database itself.

use std::fmt::Write;

use claviger_core::secret::Secret;

use crate::{
    failure::{Failure, Result},
    state::State,
    wrangler,
};

/// Keys of the organization that is asked about.
pub const FEW: u32 = 100;
/// The same, in the large one.
pub const MANY: u32 = 100_000;
/// Other organizations of the large installation, and the keys of each.
pub const OTHERS: (u32, u32) = (10, 1_000);
/// Records of the log that is verified.
pub const RECORDS: u32 = 100_000;
/// Numbers the keys of an organization: a prime, so that the order of names is not that of ids.
const STEP: u32 = 7919;
const MODULUS: u32 = 100_003;

/// Fills an empty, migrated database: an organization 2 of `count` keys and `others` further ones; organization 1 is the
/// system's. `admin` manages organization 2, and `person` is the key with which its owner signs in. Its log has `records`.
pub fn fill(
    state: &State,
    (count, others, records): (u32, (u32, u32), u32),
    admin: &Secret,
    person: &Secret,
) -> Result<()> {
    let mut sql = String::from(
        "INSERT INTO organizations (id, name, key_limit, created_at, updated_at) VALUES (1, 'System', 25, 0, 0);\n",
    );
    let all = std::iter::once((2, count)).chain((3..).take(others.0 as usize).map(|id| (id, others.1)));
    for (id, count) in all {
        organization(&mut sql, id, count);
    }
    let _ = writeln!(
        sql,
        "INSERT INTO secrets (hash, key_id, hint, created_at) SELECT '{}', min(id), '{}', 0 FROM api_keys \
         WHERE role = 'organization_admin' AND organization_id = 2;\n\
         INSERT INTO users (id, organization_id, name, email, role, api_access, created_at, updated_at) \
         VALUES (1000, 2, 'Olga', 'olga@example.com', 'owner', 1, 0, 0);\n\
         INSERT INTO api_keys (organization_id, kind, user_id, name, name_folded, role, access, created_by_type, \
         created_by_name, created_at, updated_at) \
         VALUES (2, 'personal', 1000, 'Sign-in', 'sign-in', 'organization_admin', 'read_write', 'system', 'System', 0, 0);\n\
         INSERT INTO secrets (hash, key_id, hint, created_at) SELECT '{}', max(id), '{}', 0 FROM api_keys;\n\
         DELETE FROM key_changes;",
        admin.hash().to_hex(),
        admin.hint().as_str(),
        person.hash().to_hex(),
        person.hint().as_str(),
    );
    if records > 0 {
        let _ = writeln!(
            sql,
            "WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < {records})
INSERT INTO audit_log (organization_id, at, actor_type, actor_id, actor_name, action, target_type, target_id, target_name, details,
  ip, request_id) SELECT 2, i * 60000, 'user', 1000, 'Olga', 'api_key.updated', 'api_key', i % 100 + 1, 'Billing export production',
  '{{\"changes\":{{\"access\":[\"read_only\",\"read_write\"],\"active\":[true,false]}}}}', '203.0.113.9', printf('%016x', i) FROM n;"
        );
    }
    let file = state.folder.join("bench.sql");
    std::fs::write(&file, sql).map_err(Failure::while_trying("write the data"))?;
    let label = format!("Making {} keys", count + others.0 * others.1);
    wrangler::execute(state, "bench")?.args(["--file"]).args([&file]).step(&label, None)
}

/// The older 40 % of the keys have expired, a third of the others is revoked. Five are pending, five disabled, four are
/// verifiers, one administers: as many in every organization. A quarter belongs to a person, 30 % may write.
fn organization(sql: &mut String, id: u32, count: u32) {
    let _ = writeln!(
        sql,
        "INSERT INTO organizations (id, name, key_limit, created_at, updated_at) VALUES ({id}, 'Organization {id}', 1000000, 0, 0);
INSERT INTO users (id, organization_id, name, email, role, api_access, personal_key_limit, created_at, updated_at)
  VALUES ({id}, {id}, 'Ada', 'ada@example.com', 'member', 1, 1000000, 0, 0);
WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < {count}),
facts AS (SELECT i, {count} - i AS back, i <= {count} * 4 / 10 AS old,
  '[\"Billing export\",\"Data sync\",\"CI runner\",\"Grafana\",\"Invoices\",\"Mail gateway\",\"Terraform\"]' ->> (i % 7) || ' '
  || ('[\"production\",\"staging\",\"test\"]' ->> (i % 3)) || printf(' %06d', i * {STEP} % {MODULUS}) AS name FROM n)
INSERT INTO api_keys (organization_id, kind, user_id, name, name_folded, role, access, active, expires_at, passed_expires_at,
  revoked_at, revoked_by_type, revoked_by_name, created_by_type, created_by_name, created_at, updated_at)
SELECT {id}, iif(i % 4, 'service', 'personal'), iif(i % 4, NULL, {id}), name, lower(name),
  CASE WHEN back = 1 THEN 'organization_admin' WHEN back IN (4, 14, 24, 34) THEN 'verifier' ELSE 'integration' END,
  iif(i % 10 < 7, 'read_only', 'read_write'), back NOT IN (8, 17, 26, 35, 44), iif(old, 1000 + i, NULL), iif(old, 1000 + i, NULL),
  iif(NOT old AND i % 3 = 1, 2000, NULL), iif(NOT old AND i % 3 = 1, 'system', NULL), iif(NOT old AND i % 3 = 1, 'System', NULL),
  'system', 'System', i, i FROM facts;
INSERT INTO secrets (hash, key_id, hint, created_at) SELECT printf('%064x', id), id, 'clv_…0000', created_at FROM api_keys
  WHERE organization_id = {id} AND {count} - created_at NOT IN (2, 11, 20, 29, 38);"
    );
}

/// What is in the name of the key number `i` of every organization, and of no other.
pub fn unique_part(i: u32) -> String {
    format!("{:06}", i * STEP % MODULUS)
}
