\echo Use "ALTER EXTENSION pg_debrief UPDATE TO '1.0'" to load this file. \quit

-- From 1.1 back to 1.0: takes away what 1.1 added, in the reverse order, and no data.

-- 4. What differs from a good installation ----------------------------------------------------

-- 3. Coming from another system ---------------------------------------------------------------

-- 2. Roles ------------------------------------------------------------------------------------

-- 1. Tables -----------------------------------------------------------------------------------
