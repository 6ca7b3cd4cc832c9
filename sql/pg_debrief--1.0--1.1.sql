\echo Use "ALTER EXTENSION pg_debrief UPDATE" to load this file. \quit

-- pg_debrief 1.1: at home in its users' databases.
--
-- Read top to bottom:
--    1  tables: what they are of, and how they follow an update
--    2  roles: granting and revoking
--    3  coming from another system
--    4  what differs from a good installation
--    5  access to all of this
--
-- A fresh installation runs 1.0 and then this. Each section has its mirror in pg_debrief--1.1--1.0.sql.

-- 1. Tables -----------------------------------------------------------------------------------

-- 2. Roles ------------------------------------------------------------------------------------

-- 3. Coming from another system ---------------------------------------------------------------

-- 4. What differs from a good installation ----------------------------------------------------

-- 5. Access -----------------------------------------------------------------------------------

revoke all on all routines in schema debrief from public;
