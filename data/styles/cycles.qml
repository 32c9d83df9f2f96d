<!DOCTYPE qgis PUBLIC 'http://mrcc.com/qgis.dtd' 'SYSTEM'>
<!-- SPDX-License-Identifier: MIT -->
<!-- Whole cycles that were subtracted: positive (blue), negative (red), none (clear). -->
<qgis version="3.22.0" styleCategories="LayerConfiguration|Symbology">
  <pipe>
    <provider>
      <resampling enabled="false" zoomedInResamplingMethod="nearestNeighbour" zoomedOutResamplingMethod="nearestNeighbour" maxOversampling="2"/>
    </provider>
    <rasterrenderer type="singlebandpseudocolor" band="1" opacity="1" alphaBand="-1" nodataColor="" classificationMin="-3" classificationMax="3">
      <rasterTransparency/>
      <minMaxOrigin>
        <limits>None</limits>
        <extent>WholeRaster</extent>
        <statAccuracy>Estimated</statAccuracy>
      </minMaxOrigin>
      <rastershader>
        <colorrampshader colorRampType="DISCRETE" classificationMode="1" clip="0" minimumValue="-3" maximumValue="3" labelPrecision="0">
          <item value="-2.5" label="-3 and less" color="#881d2c" alpha="255"/>
          <item value="-1.5" label="-2" color="#cc5548" alpha="255"/>
          <item value="-0.5" label="-1" color="#ee9e81" alpha="255"/>
          <item value="0.5" label="0" color="#f8f6f3" alpha="0"/>
          <item value="1.5" label="1" color="#89bddd" alpha="255"/>
          <item value="2.5" label="2" color="#3f86be" alpha="255"/>
          <item value="inf" label="3 and more" color="#174a86" alpha="255"/>
        </colorrampshader>
      </rastershader>
    </rasterrenderer>
    <brightnesscontrast brightness="0" contrast="0" gamma="1"/>
    <huesaturation saturation="0" grayscaleMode="0" colorizeOn="0"/>
    <rasterresampler maxOversampling="2"/>
  </pipe>
  <blendMode>0</blendMode>
</qgis>
