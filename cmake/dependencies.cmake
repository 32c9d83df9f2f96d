# SPDX-License-Identifier: MIT
# GDAL 3.6 accepts only its own minor version in find_package, so the version is checked afterwards.
find_package(GDAL CONFIG REQUIRED)
if(GDAL_VERSION VERSION_LESS 3.6)
  message(FATAL_ERROR "GDAL ${GDAL_VERSION} is too old: 3.6 or newer is needed")
endif()
find_package(OpenMP REQUIRED COMPONENTS C)
find_package(PkgConfig REQUIRED)
pkg_check_modules(LAPACKE REQUIRED IMPORTED_TARGET lapacke)
pkg_check_modules(CJSON REQUIRED IMPORTED_TARGET libcjson)
# 7.85: protocols by name.
pkg_check_modules(CURL REQUIRED IMPORTED_TARGET libcurl>=7.85)

# GDAL scans one plugin folder, fixed when it was built: recent versions tell it, older ones have it below
# their library folder. A system prefix installs there, whatever the prefix; under a private one GDAL does
# not look, the plugin stays below the prefix and GDAL_DRIVER_PATH must point to it.
function(ih_find_gdal_plugin_dir result)
  find_program(GDAL_CONFIG gdal-config)
  if(GDAL_CONFIG)
    execute_process(COMMAND ${GDAL_CONFIG} --plugindir OUTPUT_VARIABLE folder ERROR_QUIET
                    OUTPUT_STRIP_TRAILING_WHITESPACE RESULT_VARIABLE failed)
    if(NOT failed AND IS_ABSOLUTE "${folder}")
      set(${result} "${folder}" PARENT_SCOPE)
      return()
    endif()
  endif()
  get_target_property(library GDAL::GDAL LOCATION)
  get_filename_component(folder "${library}" DIRECTORY)
  set(${result} "${folder}/gdalplugins" PARENT_SCOPE)
endfunction()

if(CMAKE_INSTALL_PREFIX MATCHES "^/usr(/local)?/?$")
  ih_find_gdal_plugin_dir(ih_default_plugin_dir)
else()
  set(ih_default_plugin_dir "${CMAKE_INSTALL_LIBDIR}/gdalplugins")
endif()
set(IH_GDAL_PLUGIN_DIR "${ih_default_plugin_dir}" CACHE STRING "Folder the GDAL plugin is installed to")
