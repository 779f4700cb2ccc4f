/* Patients, providers, encounters and claims; invented, every one. */
#include "ops/demo/demo_data.h"

static const demo_table tables[] = {
    {"bronze", "providers", "Who treats", 500, NULL,
     "SELECT id AS provider_id, concat('Dr. ', CASE id % 5 WHEN 0 THEN 'Adams' WHEN 1 THEN 'Brandt' WHEN 2 THEN 'Costa' "
     "WHEN 3 THEN 'Dupont' ELSE 'Eriksen' END, ' ', CAST(id AS STRING)) AS name, "
     "CASE id % 6 WHEN 0 THEN 'cardiology' WHEN 1 THEN 'oncology' WHEN 2 THEN 'paediatrics' WHEN 3 THEN 'surgery' WHEN 4 "
     "THEN 'radiology' ELSE 'general' END AS specialty, id % 13 <> 0 AS accepts_new FROM range(@rows)"},
    {"bronze", "patients", "Who is treated", 20000, NULL,
     "SELECT id AS patient_id, concat('MRN', lpad(CAST(id AS STRING), 8, '0')) AS mrn, "
     "CASE id % 3 WHEN 0 THEN 'F' WHEN 1 THEN 'M' ELSE 'X' END AS sex, "
     "date_add(DATE'1930-01-01', CAST(id * 89 % 33000 AS INT)) AS birth_date, "
     "CASE WHEN id % 19 = 0 THEN NULL ELSE concat('+49 30 ', lpad(CAST(id * 7919 % 1000000 AS STRING), 6, '0')) END AS "
     "phone, CASE id % 4 WHEN 0 THEN 'public' WHEN 1 THEN 'private' WHEN 2 THEN 'mixed' ELSE 'none' END AS insurance "
     "FROM range(@rows)"},
    {"bronze", "encounters", "One row a visit", 120000, "encounter_year",
     "SELECT id AS encounter_id, id * 7 % @patients_rows AS patient_id, id * 5 % @providers_rows AS provider_id, "
     "date_add(DATE@start, CAST(id * 13 % @days AS INT)) AS encounter_date, "
     "CASE id % 5 WHEN 0 THEN 'inpatient' WHEN 1 THEN 'emergency' ELSE 'outpatient' END AS kind, "
     "CAST(id * 3 % 240 AS INT) AS minutes, "
     "CAST(year(date_add(DATE@start, CAST(id * 13 % @days AS INT))) AS INT) AS encounter_year FROM range(@rows)"},
    {"bronze", "diagnoses", "One row a finding of a visit", 180000, NULL,
     "SELECT id AS diagnosis_id, id % @encounters_rows AS encounter_id, "
     "CASE id % 8 WHEN 0 THEN 'I10' WHEN 1 THEN 'E11' WHEN 2 THEN 'J45' WHEN 3 THEN 'M54' WHEN 4 THEN 'F32' WHEN 5 THEN "
     "'K21' WHEN 6 THEN 'N39' ELSE 'R51' END AS icd10, id % 3 = 0 AS is_primary FROM range(@rows)"},
    {"bronze", "claims", "What is billed", 100000, NULL,
     "SELECT id AS claim_id, id % @encounters_rows AS encounter_id, "
     "CAST((2500 + id * 7919 % 480000) / 100.0 AS DECIMAL(12,2)) AS billed, "
     "CASE WHEN id % 10 = 0 THEN NULL ELSE CAST((2000 + id * 3571 % 380000) / 100.0 AS DECIMAL(12,2)) END AS paid, "
     "CASE id % 10 WHEN 0 THEN 'denied' WHEN 1 THEN 'open' ELSE 'paid' END AS status FROM range(@rows)"},
    {"silver", "visits", "Visits with their patient and provider", 0, NULL,
     "SELECT e.encounter_id, e.encounter_date, e.kind, e.minutes, p.patient_id, p.sex, p.insurance, v.specialty "
     "FROM @bronze.encounters e JOIN @bronze.patients p ON p.patient_id = e.patient_id "
     "JOIN @bronze.providers v ON v.provider_id = e.provider_id"},
    {"silver", "claim_facts", "Claims with their visit", 0, NULL,
     "SELECT c.claim_id, c.billed, c.paid, c.status, e.encounter_date, e.patient_id FROM @bronze.claims c "
     "JOIN @bronze.encounters e ON e.encounter_id = c.encounter_id"},
    {"gold", "monthly_visits", "Visits by month and specialty", 0, NULL,
     "SELECT CAST(year(encounter_date) AS INT) AS visit_year, CAST(month(encounter_date) AS INT) AS visit_month, "
     "specialty, count(*) AS visits, avg(minutes) AS average_minutes FROM @silver.visits GROUP BY "
     "year(encounter_date), month(encounter_date), specialty"},
    {"gold", "claim_summary", "Claims by status", 0, NULL,
     "SELECT status, count(*) AS claims, CAST(sum(billed) AS DECIMAL(18,2)) AS billed, CAST(sum(paid) AS "
     "DECIMAL(18,2)) AS paid FROM @silver.claim_facts GROUP BY status"},
    {0}};

static const demo_code views[] = {
    {"silver", "frequent_findings", "How often each finding was made", "icd10, findings",
     "SELECT icd10, count(*) AS findings FROM @bronze.diagnoses GROUP BY icd10"},
    {"gold", "busy_specialties", "Specialties by visits", "specialty, visits",
     "SELECT specialty, sum(visits) AS visits FROM @gold.monthly_visits GROUP BY specialty"},
    {"gold", "paid_shares", "How much of what is billed is paid", "status, share",
     "SELECT status, @gold.paid_share(CAST(billed AS DOUBLE), CAST(paid AS DOUBLE)) AS share FROM "
     "@gold.claim_summary"},
    {0}};

static const demo_code functions[] = {
    {"gold", "paid_share", "Paid as a share of billed",
     "(billed DOUBLE, paid DOUBLE) RETURNS DOUBLE",
     "CASE WHEN billed = 0 THEN NULL ELSE coalesce(paid, 0) / billed END"},
    {0}};

const demo_industry demo_healthcare = {.name = "healthcare",
                                       .tables = tables,
                                       .views = views,
                                       .functions = functions,
                                       .volume_schema = "bronze",
                                       .volume = "documents",
                                       .volume_comment = "Letters and scans"};
